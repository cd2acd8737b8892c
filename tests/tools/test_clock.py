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


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            ("Tokyo", "2026-11-20 15:00", "Berlin"),
            ["15:00:00+09:00 (Asia/Tokyo, JST)", "07:00:00+01:00 (Europe/Berlin, CET)"],
        ),
        (("Berlin", "2026-07-01T15:00", "UTC"), ["15:00:00+02:00", "13:00:00+00:00 (UTC)"]),
        (
            ("UTC", "2026-11-20 11:30 pm", "UTC+5:45"),
            ["Friday, 2026-11-20 23:30", "Saturday, 2026-11-21 05:15:00+05:45"],
        ),
        (("PT", "2026-07-01 12 pm", "UTC"), ["12:00:00-07:00 (America/Los_Angeles, PDT)", "19:00"]),
        (("UTC", "2026-07-01 12 a.m.", "UTC"), ["00:00:00+00:00"]),
        (("London", "2026-07-01", ""), ["Wednesday, 2026-07-01 00:00:00+01:00 (Europe/London, BST)"]),
    ],
)
def test_a_time_in_one_zone_is_told_in_another(asked: tuple[str, str, str], said: list[str]) -> None:
    told = current_time(*asked)

    assert [part for part in said if part not in told] == [], told


def test_the_time_now_is_told_in_two_zones() -> None:
    here, there = current_time("UTC", to="Tokyo").split(" is ")

    assert read(here)[0] == read(there)[0]


@pytest.mark.parametrize("time", ["15:00", "3 pm", "noon", "Midnight", "9.30"])
def test_a_time_without_a_date_is_todays(time: str) -> None:
    before = datetime.now(UTC).date()
    assert read(current_time("UTC", time))[0].date() in (before, datetime.now(UTC).date())


def test_an_hour_that_clocks_leave_out_is_said_to_be_none() -> None:
    said = current_time("Berlin", "2026-03-29 02:30", "UTC")

    assert "02:30 does not exist there on 2026-03-29" in said
    assert "03:30:00+02:00 (Europe/Berlin, CEST)" in said and "01:30:00+00:00 (UTC)" in said


def test_an_hour_that_comes_twice_is_told_twice() -> None:
    said = current_time("New York", "2026-11-01 01:30", "UTC")

    assert "01:30 comes twice there on 2026-11-01" in said
    assert "05:30:00+00:00 (UTC)" in said and "06:30:00+00:00 (UTC)" in said


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("25:00", "hour must be in 0..23"),
        ("13 pm", "hours go from 1 to 12"),
        ("2026-02-30 10:00", "'2026-02-30 10:00' is not a time"),
        ("tomorrow", "write 15:00, 3 pm or 2026-11-20 15:00"),
        ("0001-01-01 00:00", "too far away"),
    ],
)
def test_what_is_no_time_is_said(time: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        current_time("Tokyo", time, "UTC")
    assert said in str(caught.value)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2037, 12, 31)), st.sampled_from(["Berlin", "New York", "Lord Howe"]))
def test_every_moment_comes_back_from_another_zone(moment: datetime, zone: str) -> None:
    there = current_time("UTC", f"{moment:%Y-%m-%d %H:%M:%S}", zone).split(" is ")[1]

    assert read(there)[0] == moment.replace(microsecond=0, tzinfo=UTC)


@given(st.text(max_size=20))
def test_any_text_is_a_time_or_an_error_for_the_model(time: str) -> None:
    try:
        said = current_time("Tokyo", time, "UTC")
    except ToolError as error:
        said = error.message
    assert said
