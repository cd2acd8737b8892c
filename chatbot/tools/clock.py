"""The date and time, in any time zone."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from chatbot.errors import ToolError, nearest
from chatbot.tools.tool import tool


@tool(impact="none", timeout=5.0)
def current_time(zone: str = "UTC") -> str:
    """The current date and time, with the weekday.

    Args:
        zone: A time zone such as Europe/Paris, a city such as Tokyo, UTC, or local for the user's own.
    """
    now = datetime.now(UTC).astimezone(_zone(zone.strip()))
    return f"{now:%A}, {now.isoformat(sep=' ', timespec='seconds')} ({now.tzname()})"


def _zone(name: str) -> tzinfo | None:
    """The zone of this name; None for the machine's own. Raises ToolError with the nearest names."""
    wanted = name.replace(" ", "_").casefold()
    if wanted == "local":
        return None
    if wanted in ("utc", "gmt", "z", ""):
        return UTC
    from zoneinfo import ZoneInfo, available_timezones

    known = available_timezones()
    found = [zone for zone in known if zone.casefold() == wanted]
    found = found or [zone for zone in known if "/" in zone and _city(zone).casefold() == wanted]
    if not found:
        raise ToolError(f"there is no time zone {name!r}", hint=nearest(name, {*known, *map(_city, known)}))
    return ZoneInfo(min(found))


def _city(zone: str) -> str:
    return zone.rpartition("/")[2]
