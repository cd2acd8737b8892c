import re
from datetime import UTC, datetime

import pytest

from chatbot.errors import ToolError
from chatbot.tools.clock import current_time


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "europe/paris", "Tokyo", "new york", "local", ""])
def test_the_time_anywhere(zone: str) -> None:
    said = current_time(zone)
    match = re.fullmatch(r"(\w+day), (\S+ \S+) \(\S+\)", said)
    assert match, said
    moment = datetime.fromisoformat(match[2])
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 5
    assert f"{moment:%A}" == match[1]


def test_a_zone_that_is_none_gets_the_nearest() -> None:
    with pytest.raises(ToolError, match=r"there is no time zone 'Pariss'.*Paris"):
        current_time("Pariss")
