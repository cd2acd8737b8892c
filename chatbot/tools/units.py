"""Units of measure, exactly: what each is in terms of the metre, gram, second, kelvin and byte, and what it is called.

Factors are those of the definitions (NIST SP 811, the 2019 SI): an inch is 0.0254 m, a pound 453.59237 g. Gallons, cups
and their parts are those of the US, a ton is 2,000 pounds and a calorie 4.184 J. Months and years are the mean ones of
the Gregorian calendar. Money has units, too, and no factors: a rate is nothing that can be known here.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

Kind = tuple[tuple[str, int], ...]
"""Exponents of what is measured, by name and in order: a speed is (("length", 1), ("time", -1))."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with a name of its own."""

    symbol: str
    kind: Kind
    factor: Fraction
    """How many metres, grams, seconds, kelvins or bytes it is, or of what is made of them."""
    offset: Fraction = Fraction(0)
    """Kelvins at its zero."""
    plural: str = ""
    """What it is shown as for numbers other than one, where that differs."""


KINDS: Mapping[str, Kind] = {
    "length": (("length", 1),),
    "mass": (("mass", 1),),
    "time": (("time", 1),),
    "temperature": (("temperature", 1),),
    "data": (("data", 1),),
    "workdays": (("workdays", 1),),
    "area": (("length", 2),),
    "volume": (("length", 3),),
    "speed": (("length", 1), ("time", -1)),
    "acceleration": (("length", 1), ("time", -2)),
    "frequency": (("time", -1),),
    "force": (("length", 1), ("mass", 1), ("time", -2)),
    "pressure": (("length", -1), ("mass", 1), ("time", -2)),
    "energy": (("length", 2), ("mass", 1), ("time", -2)),
    "power": (("length", 2), ("mass", 1), ("time", -3)),
    "data rate": (("data", 1), ("time", -1)),
}

_TABLE = {
    # symbol[prefixes] factor names; a plural that is not made with s comes after a slash. What has no symbol is shown
    # by the name that is the symbol's own, with its plural.
    "length": """m[nµmcdk] 1 meter metre; in 0.0254 inch/inches; ft 0.3048 foot/feet; yd 0.9144 yard; mi 1609.344 mile;
        nmi 1852 nautical_mile; au 149597870700 astronomical_unit; ly 9460730472580800 light_year; Å 1e-10 angstrom""",
    "mass": """g[nµmk] 1 gram gramme; t[kM] 1e6 tonne metric_ton; lb 453.59237 pound lbs/lbs; oz 28.349523125 ounce;
        st 6350.29318 stone/stone; ton 907184.74 short_ton; ct 0.2 carat; gr 0.06479891 grain""",
    "time": """s[nµm] 1 second sec; min 60 minute mins/mins; h 3600 hour hr; day 86400 day d/d; week 604800 week wk;
        fortnight 1209600 fortnight; month 2629746 month mo/mo; year 31556952 year yr; decade 315569520 decade;
        century 3155695200 century/centuries""",
    "temperature": "K 1 kelvin",
    "data": """B[kMGTPE] 1 byte; bit[kMGTPE] 1/8 bit; KB 1000; b[kMGTPE] 1/8; KiB 1024 kibibyte; MiB 1048576 mebibyte;
        GiB 1073741824 gibibyte; TiB 1099511627776 tebibyte; PiB 1125899906842624 pebibyte""",
    "workdays": "workday 1 workday business_day working_day work_day",
    "area": "ha 10000 hectare; acre 4046.8564224 acre",
    "volume": """l[µmcdh] 0.001 liter litre; L[µmcdh] 0.001; gal 0.003785411784 gallon; qt 0.000946352946 quart;
        pt 0.000473176473 pint; cup 0.0002365882365 cup; fl_oz 0.0000295735295625 fluid_ounce floz/floz;
        tbsp 0.00001478676478125 tablespoon; tsp 0.00000492892159375 teaspoon; imperial_gallon 0.00454609 imp_gal;
        imperial_pint 0.00056826125; bbl 0.158987294928 barrel; cc 1e-6""",
    "speed": "mph 0.44704; km/h 1/3.6 kph/kph kmh/kmh; kn 1852/3600 knot",
    "frequency": "Hz[kMGT] 1 hertz; rpm 1/60",
    "force": "N[mk] 1000 newton; lbf 4448.2216152605",
    "pressure": """Pa[hkMG] 1000 pascal; bar[m] 1e8; atm 101325000 atmosphere; psi 6894757.293168361;
        mmHg 133322.387415; torr 101325000/760""",
    "energy": """J[mkMGT] 1000 joule; Wh[mkMGT] 3.6e6 watt_hour; cal[k] 4184 calorie; eV[mkMGT] 1.602176634e-16;
        BTU 1055055.85262""",
    "power": "W[µmkMGT] 1000 watt; hp 745699.87158227022 horsepower/horsepower",
    "data rate": "bps[kMGT] 1/8",
}
_PREFIXES = {
    "n": ("nano", "1e-9"),
    "µ": ("micro", "1e-6"),
    "m": ("milli", "0.001"),
    "c": ("centi", "0.01"),
    "d": ("deci", "0.1"),
    "h": ("hecto", "100"),
    "k": ("kilo", "1000"),
    "M": ("mega", "1e6"),
    "G": ("giga", "1e9"),
    "T": ("tera", "1e12"),
    "P": ("peta", "1e15"),
    "E": ("exa", "1e18"),
}
_TEMPERATURES = (
    (Unit("°C", KINDS["temperature"], Fraction(1), Fraction("273.15")), "C c celsius degC"),
    (Unit("°F", KINDS["temperature"], Fraction(5, 9), Fraction("459.67") * 5 / 9), "F f fahrenheit degF"),
)
_MONEY = """USD $ dollar dollars; EUR € euro euros; GBP £; JPY ¥ yen; INR ₹ rupee rupees; CNY yuan; CHF; CAD; AUD; NZD;
    SEK; NOK; DKK; PLN; CZK; HUF; TRY; BRL; MXN; ZAR; KRW; SGD; HKD; ILS; THB; RUB; UAH; AED; SAR; BTC bitcoin"""


def find_unit(written: str) -> Unit | None:
    """The unit that is called so. Capitals count where they tell units apart: MB and Mb, mW and MW.

    Raises LookupError, with the units that it may be, where only their capitals tell and these are wrong.
    """
    exact, folded = _names()
    name = written.replace("μ", "µ")  # the Greek letter and the sign look the same
    if name in exact:
        return exact[name]
    candidates = folded.get(name.casefold(), {}) if len(name) > 1 else {}  # nobody who writes 5M means metres
    if len(set(candidates.values())) > 1:
        raise LookupError(*sorted(candidates))
    return next(iter(candidates.values()), None)


def unit_names() -> Iterable[str]:
    """All names of units."""
    return _names()[0].keys()


def kind_of(parts: Iterable[tuple[Unit, int]]) -> Kind:
    """What a product of powers of units measures."""
    total: dict[str, int] = {}
    for unit, exponent in parts:
        for name, power in unit.kind:
            total[name] = total.get(name, 0) + power * exponent
    return tuple(sorted((name, power) for name, power in total.items() if power))


def is_money(kind: Kind) -> bool:
    """Whether it is an amount in one currency."""
    return len(kind) == 1 and kind[0][0].isupper() and kind[0][1] == 1


def kind_name(kind: Kind) -> str:
    """What is measured, in words: a length, an energy; empty for what has no name."""
    for name, known in KINDS.items():
        if known == kind:
            return f"{'an' if name[0] in 'aeiou' else 'a'} {name}" if name not in ("data", "workdays") else name
    return "money" if is_money(kind) else ""


@functools.cache
def _names() -> tuple[Mapping[str, Unit], Mapping[str, Mapping[str, Unit]]]:
    exact: dict[str, Unit] = {}
    folded: dict[str, dict[str, Unit]] = {}
    for name, unit in _called():
        shown = name.replace("_", " ")
        exact.setdefault(shown, unit)
        folded.setdefault(shown.casefold(), {}).setdefault(shown, unit)
    return exact, folded


def _called() -> Iterator[tuple[str, Unit]]:
    """Each unit under each of its names."""
    for kind, lines in _TABLE.items():
        for line in lines.split(";"):
            yield from _of_line(KINDS[kind], line)
    for unit, names in _TEMPERATURES:
        yield from ((before + name, unit) for before in ("", "degree_", "degrees_", "deg_") for name in names.split())
        yield unit.symbol, unit
    for money in _MONEY.split(";"):
        code, *symbols = money.split()
        unit = Unit(code, ((code, 1),), Fraction(1))
        yield from ((name, unit) for name in (code, *symbols))


def _of_line(kind: Kind, line: str) -> Iterator[tuple[str, Unit]]:
    head, factor, *names = line.split()
    symbol, _, prefixes = head.rstrip("]").partition("[")
    plurals = {one: many or f"{one}s" for one, _, many in (name.partition("/") for name in names)}
    whole = _fraction(factor)
    for prefix in ("", *prefixes):
        word, times = _PREFIXES[prefix] if prefix else ("", "1")
        plural = "" if prefix else plurals.get(symbol, "")
        unit = Unit(prefix + symbol.replace("_", " "), kind, whole * Fraction(times), plural=plural)
        yield prefix + symbol, unit
        if prefix == "µ":
            yield f"u{symbol}", unit
        for one, many in plurals.items():
            yield from ((word + one, unit), (word + many, unit))


def _fraction(text: str) -> Fraction:
    top, _, bottom = text.partition("/")
    return Fraction(top) / Fraction(bottom or 1)
