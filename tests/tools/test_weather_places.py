"""Which place a person means, as Open-Meteo's search on loopback knows them; more in `test_weather`."""

import asyncio

import pytest
from open_meteo import answer, row
from web_server import WebServer

from chatbot.errors import ToolError
from chatbot.tools.weather_places import Location, find_location
from chatbot.tools.web_service import WebService


def find(place: str, *rows: object) -> Location:
    with WebServer(lambda _: answer({"results": list(rows)} if rows else {})) as server:
        return asyncio.run(find_location(place, WebService("the search", server.url), {}))


BIG = row("Town", "North", "Country", "DE", (1.0, 2.0), 500_000)
SMALL = row("Town", "South", "Country", "DE", (3.0, 4.0), 100_000)
NEAR = row("Town", "West", "Country", "DE", (5.0, 6.0), 200_000)
UNKNOWN = row("Town", "East", "Country", "DE", (7.0, 8.0))
OTHER = row("Old Town", "East", "Country", "DE", (9.0, 9.0), 900_000)


def test_the_one_that_is_by_far_the_largest_is_meant() -> None:
    assert find("Town", BIG, SMALL, UNKNOWN).latitude == 1.0


def test_those_of_another_name_are_no_rivals() -> None:
    assert find("Town", BIG, OTHER).latitude == 1.0


@pytest.mark.parametrize("rows", [(BIG, NEAR), (SMALL, BIG), (UNKNOWN, UNKNOWN | {"admin1": "Far East"})])
def test_where_none_is_by_far_the_largest_the_user_is_asked(rows: tuple[dict[str, object], ...]) -> None:
    with pytest.raises(ToolError, match="several places are called 'Town'"):
        find("Town", *rows)


def test_a_region_tells_them_apart() -> None:
    assert find("Town, west", BIG, NEAR).latitude == 5.0
    assert find("Town,,South,", BIG, SMALL).name == "Town, South, Country"


def test_rows_that_do_not_say_where_they_lie_are_left_out() -> None:
    assert find("Town", {"name": "Town"}, {"latitude": 1, "longitude": 1}, 5, None, BIG).latitude == 1.0
    with pytest.raises(ToolError, match="there is no place"):
        find("Town", {"name": "Town", "latitude": "1", "longitude": "2"})
