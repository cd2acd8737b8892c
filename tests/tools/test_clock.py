import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ToolError
from chatbot.tools.clock import current_time

SAID = re.compile(r"(\w+day), (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d) \((\S+(?:, \S+)?)\)")


def read(said: str) -> tuple[datetime, str]:
    """The moment and the zone that are said; the weekday must be the moment's."""
    match = SAID.fullmatch(said)
    assert match, said
    moment = datetime.fromisoformat(match[2])
    assert f"{moment:%A}" == match[1]
    return moment, match[3]


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("UTC", "UTC"),
        ("", "UTC"),
        (" gmt ", "UTC"),
        ("Z", "UTC"),
        ("Europe/Paris", "Europe/Paris, CES?T"),
        ("europe/paris", "Europe/Paris, CES?T"),
        ("Tokyo", "Asia/Tokyo, JST"),
        ("new york", "America/New_York, E[SD]T"),
        ("Etc/GMT+5", r"Etc/GMT\+5, -05"),
        ("GMT+5", r"UTC\+05:00"),
        ("utc-3", "UTC-03:00"),
        ("UTC −3:30", "UTC-03:30"),
        ("+0545", r"UTC\+05:45"),
        ("+14", r"UTC\+14:00"),
        ("local", ".+"),
    ],
)
def test_it_is_now_wherever_one_asks(zone: str, name: str) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    moment, said = read(current_time(zone))
    assert before <= moment <= datetime.now(UTC)
    assert re.fullmatch(name, said)


def test_an_offset_is_ahead_of_utc_where_it_says_plus() -> None:
    moment, _ = read(current_time("GMT+5"))
    assert moment.utcoffset() == timedelta(hours=5)


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Pariss", "Paris"),
        ("Europe/Berlinn", "Europe/Berlin"),
        ("+15:00", "-14:00"),
        ("UTC+99", "-14:00"),
        ("../../etc/passwd", "known"),
        ("/etc/localtime", ""),
        ("Tokyo\0", "Tokyo"),
    ],
)
def test_a_zone_that_is_none_gets_the_nearest(zone: str, hint: str) -> None:
    with pytest.raises(ToolError, match=r"there is no time zone") as caught:
        current_time(zone)
    assert hint in caught.value.hint


def test_a_machine_without_a_time_zone_database_says_so_and_still_knows_offsets() -> None:
    program = "from chatbot.tools.clock import current_time as t; print(t('UTC+2'), t('UTC')); t('Tokyo')"
    made = subprocess.run(
        [sys.executable, "-c", "import sys; sys.modules['tzdata'] = None; " + program],
        env={**os.environ, "PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "(UTC+02:00)" in made.stdout and "(UTC)" in made.stdout
    assert "ToolError: 'Tokyo' is not known: this machine has no time zone database" in made.stderr


@given(st.text(max_size=20))
def test_any_text_is_a_zone_or_an_error_for_the_model(zone: str) -> None:
    try:
        said = current_time(zone)
    except ToolError as error:
        said = error.message
    assert said
