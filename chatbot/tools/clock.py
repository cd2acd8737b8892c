"""The time, in any zone."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from chatbot.errors import ToolError, nearest


def current_time(zone: str = "UTC") -> str:
    """The current date and time.

    Args:
        zone: A time zone such as Europe/Paris, or UTC.
    """
    now = datetime.now(_zone(zone))
    return now.strftime("%A, %d %B %Y, %H:%M:%S ") + (now.tzname() or zone)


def _zone(name: str) -> tzinfo:
    if name.upper() == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ToolError(f"there is no time zone {name!r}", hint=nearest(name, available_timezones())) from error
