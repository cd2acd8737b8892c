"""The date and time, now or at a given moment, in any time zone and from one zone to another.

Where clocks are set forward an hour is left out, and where they are set back one comes twice: both is said.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from chatbot.errors import ToolError, nearest
from chatbot.tools.tool import tool

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+\-−])\s*([0-9]{1,2})(?::?([0-5][0-9]))?")
_MOMENT = re.compile(
    r"""(?:(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]\s*|$))?
    (?:(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-5][0-9]))?(?::(?P<second>[0-5][0-9]))?\s*(?P<half>[ap]\.?m\.?)?)?""",
    re.VERBOSE | re.IGNORECASE,
)
_SPOKEN = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}

_CALLED = {
    **dict.fromkeys(("pt", "pst", "pdt", "pacific time"), "America/Los_Angeles"),
    **dict.fromkeys(("mt", "mdt", "mountain time"), "America/Denver"),
    **dict.fromkeys(("ct", "cdt", "central time"), "America/Chicago"),
    **dict.fromkeys(("et", "edt", "eastern time"), "America/New_York"),
    **dict.fromkeys(("uk", "bst"), "Europe/London"),
    "cest": "Europe/Berlin",
    "jst": "Asia/Tokyo",
}
"""What people call zones that the database has under a city."""


@tool(impact="none", timeout=5.0)
def current_time(zone: str = "UTC", at: str = "", to: str = "") -> str:
    """The current date and time in a time zone, with the weekday; or what a time there is in another zone.

    Args:
        zone: A time zone such as Europe/Paris, a city such as Tokyo, an offset such as UTC+2, UTC, or local for the
            user's own.
        at: A time in that zone instead of now, such as 15:00, 3 pm or 2026-11-20 15:00; today where no date is given.
        to: A zone in which to tell that time, written as the first.
    """
    here = _zone(zone.strip())
    there = _zone(to.strip()) if to.strip() else None
    if not at.strip():
        now = datetime.now(UTC)
        return f"{_told(now, here)} is {_told(now, there)}" if to.strip() else _told(now, here)
    return "; ".join(_converted(_moment(at.strip(), here), here, there, other=bool(to.strip())))


def _moment(text: str, zone: tzinfo | None) -> datetime:
    """The date and time that a clock in the zone shows."""
    match = _MOMENT.fullmatch(_SPOKEN.get(text.casefold(), text))
    if not match or not match[0]:
        raise ToolError(f"{text!r} is not a time", hint="write 15:00, 3 pm or 2026-11-20 15:00")
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ToolError(f"{text!r} is not a time", hint="with am or pm hours go from 1 to 12")
        hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
    try:
        day = date.fromisoformat(match["date"]) if match["date"] else datetime.now(UTC).astimezone(zone).date()
        return datetime.combine(day, time(hour, minute, second))
    except ValueError as error:
        raise ToolError(f"{text!r} is not a time: {error}") from None


def _converted(shown: datetime, zone: tzinfo | None, to: tzinfo | None, *, other: bool) -> list[str]:
    """What a clock that shows this in one zone means in another: twice where it shows it twice."""
    try:
        meant = [_utc(shown.replace(fold=fold), zone) for fold in (0, 1)]
        told = [f"{_told(each, zone)}{f' is {_told(each, to)}' if other else ''}" for each in dict.fromkeys(meant)]
        back = meant[0].astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise ToolError(f"{shown.year} is too far away for a time zone") from None
    if len(told) == 1:
        return told
    if back != shown:
        return [
            f"{shown:%H:%M} does not exist there on {shown.date()}, for clocks are set forward",
            f"meant may be {told[0]}",
        ]
    return [
        f"{shown:%H:%M} comes twice there on {shown.date()}, for clocks are set back",
        f"first {told[0]}",
        f"then {told[1]}",
    ]


def _utc(shown: datetime, zone: tzinfo | None) -> datetime:
    return shown.replace(tzinfo=zone).astimezone(UTC) if zone else shown.astimezone(UTC)


def _told(moment: datetime, zone: tzinfo | None) -> str:
    local = moment.astimezone(zone)
    names = dict.fromkeys(str(name) for name in (getattr(zone, "key", None), local.tzname()) if name)
    return f"{local:%A}, {local.isoformat(sep=' ', timespec='seconds')} ({', '.join(names)})"


def _zone(name: str) -> tzinfo | None:
    """The zone of this name; None for the machine's own. Raises ToolError with the nearest names."""
    wanted = name.replace(" ", "_").casefold()
    if wanted == "local":
        return None
    if wanted in ("utc", "gmt", "z", ""):
        return UTC
    if wanted.replace("_", " ") in _CALLED:
        return _named(name, _CALLED[wanted.replace("_", " ")].casefold())
    if offset := _OFFSET.fullmatch(name.casefold()):
        return _fixed(name, *offset.groups("0"))
    return _named(name, wanted)


def _fixed(name: str, sign: str, hours: str, minutes: str) -> tzinfo:
    distance = timedelta(hours=int(hours), minutes=int(minutes))
    if distance > timedelta(hours=14):
        raise ToolError(f"there is no time zone {name!r}", hint="offsets go from -14:00 to +14:00")
    return timezone(distance if sign == "+" else -distance)


def _named(name: str, wanted: str) -> tzinfo:
    from zoneinfo import ZoneInfo, available_timezones

    known = available_timezones()
    if not known:
        hint = "UTC and offsets such as +02:00 work without; `pip install tzdata` brings it"
        raise ToolError(f"{name!r} is not known: this machine has no time zone database", hint=hint)
    # Etc/GMT+5 lies five hours *behind* GMT, which nobody means who writes GMT+5
    cities = {zone: zone.rpartition("/")[2] for zone in known if "/" in zone and not zone.startswith("Etc/")}
    found = [zone for zone in known if zone.casefold() == wanted]
    found = found or [zone for zone, city in cities.items() if city.casefold() == wanted]
    if not found:
        raise ToolError(f"there is no time zone {name!r}", hint=nearest(name, {*known, *cities.values()}))
    return ZoneInfo(min(found))
