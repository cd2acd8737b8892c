"""The date and time, in any time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from chatbot.errors import ToolError, nearest
from chatbot.tools.tool import tool

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+\-−])\s*([0-9]{1,2})(?::?([0-5][0-9]))?")


@tool(impact="none", timeout=5.0)
def current_time(zone: str = "UTC") -> str:
    """The current date and time, with the weekday.

    Args:
        zone: A time zone such as Europe/Paris, a city such as Tokyo, an offset such as UTC+2, UTC, or local for the
            user's own.
    """
    found = _zone(zone.strip())
    now = datetime.now(UTC).astimezone(found)
    names = dict.fromkeys(str(name) for name in (getattr(found, "key", None), now.tzname()) if name)
    return f"{now:%A}, {now.isoformat(sep=' ', timespec='seconds')} ({', '.join(names)})"


def _zone(name: str) -> tzinfo | None:
    """The zone of this name; None for the machine's own. Raises ToolError with the nearest names."""
    wanted = name.replace(" ", "_").casefold()
    if wanted == "local":
        return None
    if wanted in ("utc", "gmt", "z", ""):
        return UTC
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
