from collections.abc import Mapping
from pathlib import Path

import pytest

from chatbot.errors import NotFoundError, ProjectError
from chatbot.tools import BUILT_IN, Place, built_in_tools
from chatbot.workspace import Settings


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, tmp_path / ".chatbot")


def test_built_in_tools_go_by_name_each_once(place: Place) -> None:
    made = built_in_tools(["calculate", "search_knowledge", "current_time", "calculate"], {}, place)

    assert [tool.name for tool in made] == ["calculate", "current_time"]


def test_an_unknown_tool_is_refused_with_the_nearest_name(place: Place) -> None:
    with pytest.raises(NotFoundError, match=r"there is no built-in tool 'calculat'.*did you mean 'calculate'"):
        built_in_tools(["calculat"], {}, place)


def test_what_is_offered_without_settings_is_built_in() -> None:
    assert set(Settings().tools) <= set(BUILT_IN)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_name_leads_to_a_tool_of_that_name(place: Place, name: str) -> None:
    (place.root / "shop.db").touch()  # an empty file is an empty database
    needed = {
        "run_sql": {"database": "shop.db"},
        "search_web": {"provider": "searxng", "url": "http://localhost:8080"},
    }

    made = built_in_tools([name], {name: needed[name]} if name in needed else {}, place)

    assert [tool.name for tool in made] == ([] if name == "search_knowledge" else [name])


def test_making_the_tools_writes_nothing(place: Place) -> None:
    built_in_tools(Settings().tools, {}, place)

    assert not place.state.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"calculat": {}}, r"[tool_options.calculat]: there is no such tool (did you mean 'calculate'?)"),
        ({"calculate": {"digits": 3}}, "[tool_options.calculate]: nothing about calculate can be set"),
    ],
)
def test_wrong_options_are_named_with_the_file_of_the_settings(
    place: Place, options: Mapping[str, Mapping[str, object]], said: str
) -> None:
    with pytest.raises(ProjectError) as caught:
        built_in_tools(["calculate"], options, place)

    assert str(caught.value).startswith(str(place.root / "chatbot.toml"))
    assert said in str(caught.value)
