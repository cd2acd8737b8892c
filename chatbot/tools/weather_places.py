"""Where a place lies that a person names: by Open-Meteo's search, or by its coordinates.

In: `Berlin`, `Springfield, Illinois`, `Paris, TX, USA`, `90210`, `52.5, 13.4`. Out: one location, or a refusal that
names the candidates where several are meant: nobody is told the weather of a town that they did not ask for.
https://open-meteo.com/en/docs/geocoding-api
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatbot.errors import ToolError
from chatbot.tools.visible_text import one_line
from chatbot.tools.web_service import WebService

MAX_NAME = 100
"""Characters of a place: a longer text carries something else."""

CANDIDATES = 20
"""Places of a name that are looked at."""

SHOWN = 5
"""Candidates that a refusal names."""

DOMINANT = 4.0
"""A place with so many times the people of the next one of its name is the one that is meant: Paris in France has 85
times those of Paris in Texas, and the three largest Springfields are within a factor of two."""

_COORDINATES = re.compile(r"\s*([+-]?\d{1,3}(?:\.\d{1,8})?)\s*°?\s*[,; ]\s*([+-]?\d{1,3}(?:\.\d{1,8})?)\s*°?\s*")

_ALSO = {
    "us": ("usa", "america", "united states of america"),
    "gb": ("uk", "great britain", "england", "scotland", "wales"),
    "ae": ("uae",),
    "nl": ("holland",),
    "cz": ("czech republic",),
    "kr": ("korea",),
    "ru": ("russian federation",),
}
"""Names of countries that people write and the search does not know."""

_STATES = dict(
    pair.split("=")
    for pair in (
        "al=alabama ak=alaska az=arizona ar=arkansas ca=california co=colorado ct=connecticut de=delaware fl=florida "
        "ga=georgia hi=hawaii id=idaho il=illinois in=indiana ia=iowa ks=kansas ky=kentucky la=louisiana me=maine "
        "md=maryland ma=massachusetts mi=michigan mn=minnesota ms=mississippi mo=missouri mt=montana ne=nebraska "
        "nv=nevada nh=new_hampshire nj=new_jersey nm=new_mexico ny=new_york nc=north_carolina nd=north_dakota oh=ohio "
        "ok=oklahoma or=oregon pa=pennsylvania ri=rhode_island sc=south_carolina sd=south_dakota tn=tennessee tx=texas "
        "ut=utah vt=vermont va=virginia wa=washington wv=west_virginia wi=wisconsin wy=wyoming"
    ).split()
)
"""Letters of the states of the USA, where towns mostly go by them."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place on the map."""

    name: str
    """With region and country."""
    latitude: float
    longitude: float


async def find_location(place: str, places: WebService, keys: Mapping[str, str]) -> Location:
    """The location of a place. Raises ToolError where there is none, or several that may be meant."""
    if len(place) > MAX_NAME:
        raise ToolError(f"the place is longer than {MAX_NAME} characters")
    if numbers := _COORDINATES.fullmatch(place):
        return _at(float(numbers[1]), float(numbers[2]))
    name, *within = [part.strip() for part in place.split(",")]
    within = [part for part in within if part]
    if len(name) < 2:
        raise ToolError(f"{place!r} is no place", hint="name a town, such as Berlin or Springfield, Illinois")
    asked = {"name": name, "count": str(CANDIDATES), "language": "en", "format": "json"}
    found = _known((await places.get("v1/search", {**asked, **keys})).get("results"))
    if not found:
        hint = "write the town alone, or with region or country behind a comma"
        raise ToolError(f"there is no place {name!r}", hint=hint)
    meant = [row for row in found if all(_lies_in(row, part) for part in within)]
    if not meant:
        raise ToolError(f"there is no {name!r} in {', '.join(within)!r}", hint=f"there is: {_listed(found)}")
    return _location(_one_of(meant))


def _at(latitude: float, longitude: float) -> Location:
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise ToolError(f"there is no place at {latitude:g}, {longitude:g}", hint="latitude, then longitude")
    return Location(f"{latitude:g}, {longitude:g}", latitude, longitude)


def _known(results: object) -> list[Mapping[str, object]]:
    """The rows that say a name and where it lies."""
    rows = results if isinstance(results, list) else []
    return [
        row
        for row in rows
        if isinstance(row, dict)
        and one_line(row.get("name"), MAX_NAME)
        and all(isinstance(row.get(key), int | float) for key in ("latitude", "longitude"))
    ]


def _lies_in(row: Mapping[str, object], part: str) -> bool:
    """Whether a place lies in a region or country, by its name or letters."""
    wanted = _plain(part)
    country = _plain(row.get("country_code"))
    names = {_plain(row.get(key)) for key in ("country", "admin1", "admin2", "admin3", "admin4")} - {""}
    in_a_state = country == "us" and _STATES.get(wanted, "").replace("_", " ") in names
    return wanted in names or wanted == country or wanted in _ALSO.get(country, ()) or in_a_state


def _one_of(meant: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """The place that a name means: the first, if no other of its name comes near it. Raises ToolError."""
    first = meant[0]
    rivals = [row for row in meant if _plain(row["name"]) == _plain(first["name"])]
    others = sorted((_people(row) for row in rivals[1:]), reverse=True)
    if others and _people(first) < DOMINANT * max(others[0], 1.0):
        raise ToolError(f"several places are called {first['name']!r}", hint=f"say which: {_listed(rivals)}")
    return first


def _people(row: Mapping[str, object]) -> float:
    population = row.get("population")
    return float(population) if isinstance(population, int | float) else 0.0


def _location(row: Mapping[str, object]) -> Location:
    latitude, longitude = row["latitude"], row["longitude"]
    assert isinstance(latitude, int | float) and isinstance(longitude, int | float)
    return Location(_full_name(row), float(latitude), float(longitude))


def _full_name(row: Mapping[str, object]) -> str:
    names = (one_line(row.get(key), 60) for key in ("name", "admin1", "country"))
    return ", ".join(dict.fromkeys(filter(None, names)))


def _listed(rows: Sequence[Mapping[str, object]]) -> str:
    return "; ".join(list(dict.fromkeys(map(_full_name, rows)))[:SHOWN])


def _plain(name: object) -> str:
    """A name as people may write it: without accents and capitals."""
    letters = unicodedata.normalize("NFKD", one_line(name, MAX_NAME)).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
