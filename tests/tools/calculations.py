"""Calculations at random: well-formed ones, pieces of the calculator's language in any order, and broken text."""

from __future__ import annotations

import random
from collections.abc import Iterator

PIECES = """0 1 2 3 7 9 10 12 0.5 .5 1. 1e3 1e-9 99999 123456789012345678901234567890 1,234.5 1e3999 5' 0x1F pi e tau π
+ - * / // % mod of off ** ^ ! !! ° ² ³ ⁻¹ ( ) ( ) , √ ∛ × ÷ − plus minus times per percent divided_by
squared to_the_power_of square_root_of
sqrt( cbrt( root( exp( ln( log( log2( log10( sin( cos( tan( asin( acos( atan( degrees( radians( abs( floor( ceil( round(
min( max( sum( mean( mod( gcd( lcm( factorial( comb( perm( sqrt min sin
km m cm mm in ft mi mile miles yd kg g lb oz st s min h hours day days week month months year years K °C °F C F celsius
B kB MB Mb GiB bit bits Mbps l ml gal cup fl_oz ha acre square_m sq_ft m2 m^2 m² km/h mph kn Hz rpm N Pa bar psi J kJ
kWh kcal W kW hp USD EUR $ € £ dollars workdays business_days foo light_year µs
2026-11-20 2024-02-29 1990-05-17 9999-12-31 1583-01-01 2026-02-30 20_November_2026 Nov_20,_2026 today 17:40 9:15 25:99
in to as into -> and is what what_% what_percent_is percent_change from between until since after before ago a how_many
days_between days_until weeks_between months_between years_between weekday_of what_day_is as_percent as_a_fraction
thousand million dozen increased_by decreased_by convert what_is ? = ; : _ # [ ] { } " ' \\ lambda
__import__ None True""".split()
"""Words that belong together are joined by an underscore."""

VALUES = """0 1 2 3 7 12 0.5 1e3 -4 1/3 10^30 2^0.5 pi e 15% 200% 5_km 3_mi 2_m² 10_m/s 1_h_30_min 9:15 2_days 3_months
1_year 4_weeks 20_°C 70_F 300_K 2_GB 10_Mbps 3_kWh 60_W 5_kg 3_lb_4_oz 9.81_m/s^2 1_cup $50 20_EUR 2026-11-20 2024-02-29
today 10_workdays 1e-300_m 5!""".split()
OPERATORS = "+ - * / // mod ** of off after before + - * /".split()
FUNCTIONS = "sqrt cbrt exp ln log10 sin tan atan abs floor ceil round min max sum mean gcd lcm factorial".split()
ENDINGS = [
    "in km",
    "in m",
    "to s",
    "in h and min",
    "in feet and inches",
    "as percent",
    "in kWh",
    "to °F",
    "to EUR",
    "in days",
    "?",
]

ODD = "\0\t\n\u00a0\u2009\u202e\u0660é字😀\ud800"


def calculations(seed: int, count: int) -> Iterator[str]:
    """So many of them; the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        if chance.random() < 0.5:
            ending = chance.choice(ENDINGS) if chance.random() < 0.4 else ""
            yield f"{_sensible(chance, chance.randrange(4))} {ending}".replace("_", " ")
            continue
        pieces = chance.choices(PIECES, k=chance.choice((1, 2, 3, 4, 5, 6, 8, 12, 30)))
        if chance.random() < 0.1:
            pieces = [piece * chance.choice((1, 2, 50, 300)) for piece in pieces]
        text = chance.choice((" ", " ", " ", "")).join(pieces).replace("_", " ")
        if chance.random() < 0.1:
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(ODD) + text[at:]
        if chance.random() < 0.05:
            text = "".join(chance.sample(text, len(text)))
        yield text


def _sensible(chance: random.Random, depth: int) -> str:
    """An expression that is well formed; what it says may still make no sense."""
    if not depth:
        return chance.choice(VALUES)
    inner = [_sensible(chance, depth - 1) for _ in range(chance.choice((1, 2, 2, 3)))]
    joined = f" {chance.choice(OPERATORS)} ".join(inner)
    match chance.randrange(4):
        case 0:
            return f"({joined})"
        case 1:
            return f"{chance.choice(FUNCTIONS)}({', '.join(inner)})"
        case _:
            return joined
