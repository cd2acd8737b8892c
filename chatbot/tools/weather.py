"""`weather`: the weather now and the forecast for a place, from Open-Meteo. Off unless the settings list it.

In: a place by name, with region or country where several bear it, or by coordinates; days; units. Out: a line for now,
one for each day, and whose data it is. Refuses places that are not there, and asks back where a name means several.

Open-Meteo needs no key for non-commercial use of up to 10,000 calls a day; commercial use has its own address and a
key. Its data are offered under CC BY 4.0, its places come from GeoNames. https://open-meteo.com/en/docs
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal, cast

from chatbot.errors import ProjectError, ToolError, nearest
from chatbot.tools.catalogue import Place
from chatbot.tools.tool import Tool
from chatbot.tools.visible_text import one_line
from chatbot.tools.weather_places import Location, find_location
from chatbot.tools.web_service import SECONDS, WebService, key_from, service_url
from chatbot.workspace import SETTINGS_FILE

OPTIONS: Mapping[str, object] = {
    "units": "metric",
    "url": "https://api.open-meteo.com",
    "places_url": "https://geocoding-api.open-meteo.com",
    "key_variable": "",
}
"""units: metric or imperial, where the user does not say. key_variable: the environment variable with the key of a
customer, whose url and places_url begin with `customer-`."""

MAX_DAYS = 16
"""As far as Open-Meteo looks ahead."""

Units = Literal["metric", "imperial"]

_IMPERIAL = {"temperature_unit": "fahrenheit", "wind_speed_unit": "mph", "precipitation_unit": "inch"}

_NOW = (
    "temperature_2m,apparent_temperature,relative_humidity_2m,precipitation,weather_code,wind_speed_10m,"
    "wind_direction_10m"
)
_DAILY = (
    "weather_code,temperature_2m_max,temperature_2m_min,precipitation_sum,precipitation_probability_max,"
    "wind_speed_10m_max,sunrise,sunset"
)

_CODES = {
    0: "clear sky",
    1: "mainly clear",
    2: "partly cloudy",
    3: "overcast",
    45: "fog",
    48: "freezing fog",
    51: "light drizzle",
    53: "drizzle",
    55: "heavy drizzle",
    56: "light freezing drizzle",
    57: "freezing drizzle",
    61: "light rain",
    63: "rain",
    65: "heavy rain",
    66: "light freezing rain",
    67: "freezing rain",
    71: "light snow",
    73: "snow",
    75: "heavy snow",
    77: "snow grains",
    80: "light showers",
    81: "showers",
    82: "violent showers",
    85: "light snow showers",
    86: "heavy snow showers",
    95: "thunderstorm",
    96: "thunderstorm with some hail",
    99: "thunderstorm with heavy hail",
}
"""WMO code table 4677 as Open-Meteo uses it."""

_WINDS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")

_CREDIT = "Weather data by Open-Meteo.com (https://open-meteo.com/), licence CC BY 4.0; places by GeoNames"


def make(options: Mapping[str, object], place: Place) -> Tool:
    """The tool with each of the OPTIONS. Raises ProjectError for units, addresses or a key that make no sense."""
    where, keyed = f"{place.root / SETTINGS_FILE}: [tool_options.weather]", bool(options["key_variable"])
    preset = cast(Units, options["units"])
    if preset not in ("metric", "imperial"):
        raise ProjectError(f"{where}: units is {preset!r}", hint=nearest(preset, ("metric", "imperial")))
    key = key_from(str(options["key_variable"]), where) if keyed else ""
    forecasts = WebService("Open-Meteo", service_url(str(options["url"]), f"{where}: url", keyed=keyed))
    places_url = service_url(str(options["places_url"]), f"{where}: places_url", keyed=keyed)
    places = WebService("Open-Meteo's search for places", places_url)
    keys = {"apikey": key} if key else {}

    async def weather(place: str, days: int = 3, units: Units = preset) -> str:
        """The weather now and the forecast for a place.

        Args:
            place: A town as the user wrote it, with its region or country only where several bear the name, such as
                Springfield, Illinois; a postal code; or latitude and longitude, such as 52.5, 13.4.
            days: How many days of forecast, today included: 1 to 16.
            units: metric (°C, km/h, mm) or imperial (°F, mph, inch).
        """
        if not 1 <= days <= MAX_DAYS:
            raise ToolError(f"there is no forecast of {days} days", hint=f"1 to {MAX_DAYS}")
        found = await find_location(place, places, keys)
        asked = {"latitude": f"{found.latitude:.5f}", "longitude": f"{found.longitude:.5f}", "timezone": "auto"}
        asked |= {"current": _NOW, "daily": _DAILY, "forecast_days": str(days)} | keys
        told = await forecasts.get("v1/forecast", asked | (_IMPERIAL if units == "imperial" else {}))
        return _told(found, told)

    return Tool.from_function(weather, impact="reads", timeout=2 * SECONDS + 5, idempotent=True, sensitive=("place",))


def _told(location: Location, told: Mapping[str, object]) -> str:
    now, days = _table(told, "current"), _table(told, "daily")
    dates = days.get("time")
    count = len(dates) if isinstance(dates, list) else 0
    if not now and not count:
        raise ToolError("Open-Meteo answered without any weather")
    units, daily_units = _table(told, "current_units"), _table(told, "daily_units")
    zone = one_line(told.get("timezone"), 60)
    lines = [f"{location.name} ({location.latitude:.2f}, {location.longitude:.2f}), times of {zone or 'UTC'}"]
    if now:
        lines.append(_now(now, units))
    for number in range(count):
        day = {key: values[number] for key, values in days.items() if isinstance(values, list) and number < len(values)}
        lines.append(_day(day, daily_units))
    return "\n".join([*lines, _CREDIT])


def _now(now: Mapping[str, object], units: Mapping[str, object]) -> str:
    parts = [
        _sky(now),
        _amount(now, units, "temperature_2m"),
        _amount(now, units, "apparent_temperature", "feels like {}"),
        _amount(now, units, "relative_humidity_2m", "humidity {}"),
        _amount(now, units, "wind_speed_10m", "wind {}") + _wind_direction(now),
        _amount(now, units, "precipitation", "precipitation {}"),
    ]
    return f"now, {one_line(now.get('time'), 20).replace('T', ' ')}: {', '.join(filter(None, parts))}"


def _day(day: Mapping[str, object], units: Mapping[str, object]) -> str:
    chance = _amount(day, units, "precipitation_probability_max", " (probability {})")
    rain = _amount(day, units, "precipitation_sum", "precipitation {}")
    parts = [
        _sky(day),
        _amount(day, units, "temperature_2m_min", "from {}"),
        _amount(day, units, "temperature_2m_max", "to {}"),
        f"{rain}{chance}" if rain else "",
        _amount(day, units, "wind_speed_10m_max", "wind up to {}"),
        _clock(day, "sunrise"),
        _clock(day, "sunset"),
    ]
    return f"{_weekday(day)}: {', '.join(filter(None, parts))}"


def _table(told: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = told.get(key)
    return found if isinstance(found, dict) else {}


def _amount(values: Mapping[str, object], units: Mapping[str, object], key: str, form: str = "{}") -> str:
    """A number with its unit; empty where the service knows none."""
    value = values.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return ""
    unit = one_line(units.get(key), 10)
    return form.format(f"{value:g}{'' if unit.startswith('%') else ' '}{unit}".strip())


def _sky(values: Mapping[str, object]) -> str:
    code = values.get("weather_code")
    return _CODES.get(int(code), "") if isinstance(code, int | float) else ""


def _wind_direction(now: Mapping[str, object]) -> str:
    degrees = now.get("wind_direction_10m")
    return f" from the {_WINDS[round(degrees / 45) % 8]}" if isinstance(degrees, int | float) else ""


def _clock(day: Mapping[str, object], key: str) -> str:
    time = one_line(day.get(key), 20).partition("T")[2]
    return f"{key} {time}" if time else ""


def _weekday(day: Mapping[str, object]) -> str:
    said = one_line(day.get("time"), 20)
    return f"{date.fromisoformat(said):%A}, {said}" if re.fullmatch(r"\d{4}-[01]\d-[0-3]\d", said) else said
