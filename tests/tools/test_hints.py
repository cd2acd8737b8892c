"""Type hints are found where they were written, and pydantic can read what comes of them."""

from __future__ import annotations

import dataclasses
import enum
import functools
import subprocess
import sys
import typing
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any, Generic, NewType, NotRequired, TypeVar

import pytest
from pydantic import TypeAdapter
from typing_extensions import TypeAliasType

from chatbot.errors import UsageError
from chatbot.tools import Tool, tool
from chatbot.tools.hints import UnreadableHint, evaluated, readable_by_pydantic, target_of
from chatbot.tools.signature import parameters_of

if TYPE_CHECKING:
    from nowhere import Unseen  # type: ignore[import-not-found]

Number = NewType("Number", int)
Table = TypeAliasType("Table", "dict[str, int | Table]")  # type: ignore[misc]  # what `type Table = …` makes
T = TypeVar("T")


def hints(function: Callable[..., object]) -> dict[str, Any]:
    return {parameter.name: parameter.hint for parameter in parameters_of(function, "made", {})}


def test_a_return_type_that_only_a_type_checker_sees_does_no_harm() -> None:
    def look(where: str) -> Unseen:
        return where

    assert hints(look) == {"where": str}


def test_a_hint_that_cannot_be_read_is_named() -> None:
    def look(where: str, what: list[Unseen]) -> str:
        return where

    with pytest.raises(UsageError, match=r"the type of its parameter 'what' cannot be read: name 'Unseen'"):
        hints(look)
    with pytest.raises(UnreadableHint) as caught:
        evaluated(look, {"a": "int", "b": "list[", "c": "str"})
    assert caught.value.parameter == "b"


def test_types_made_in_a_function_are_found_around_it() -> None:
    class Colour(enum.Enum):
        RED = "red"

    @tool
    def paint(colour: Colour, more: list[Colour] | None = None) -> str:
        return colour.value

    assert paint.check({"colour": "red"}) == {"colour": Colour.RED}


def made_elsewhere() -> Callable[..., object]:
    class Size(enum.Enum):
        SMALL = 1

    def shrink(size: Size) -> object:
        return size is Size.SMALL

    return shrink


def test_types_of_a_closure_are_found_in_it() -> None:
    shrink = made_elsewhere()
    assert shrink(**Tool.from_function(shrink).check({"size": 1})) is True


class Shop:
    class Kind(enum.Enum):
        PEN = "pen"

    str = "a name that must not shadow the type"

    def price(self, kind: Kind, note: str = "") -> object:
        return kind

    @classmethod
    def open(cls, kind: Kind) -> object:
        return kind

    def __call__(self, kind: Kind) -> object:
        return kind


class Branch(Shop):
    pass


@pytest.mark.parametrize("function", [Shop().price, Shop.open, Shop(), Branch().price, functools.partial(Branch.open)])
def test_types_of_a_class_are_found_in_its_methods(function: Callable[..., object]) -> None:
    assert hints(function)["kind"] is Shop.Kind
    assert hints(function).get("note", str) is str


def test_what_a_function_stands_for() -> None:
    def plain() -> None: ...

    @functools.wraps(plain)
    def wrapped() -> None: ...

    for function in (plain, wrapped, functools.partial(functools.partial(wrapped))):
        assert target_of(function) is plain
    assert target_of(Branch().price) is target_of(functools.partial(Shop.price)) is Shop.price
    assert target_of(Shop()) is Shop.__call__


class Node(typing.TypedDict):
    name: str
    children: list[Node]


class Place(typing.TypedDict):
    """Where."""

    street: str
    floor: NotRequired[int]


class Shelf(typing.TypedDict, total=False):
    where: typing.Required[Place]
    books: list[Place]


@pytest.mark.parametrize("hint", [Place, list[Place], dict[str, Place] | None, Annotated[Place, "a note"], Shelf])
def test_a_table_of_the_standard_library_can_be_read(hint: Any) -> None:
    TypeAdapter(readable_by_pydantic(hint)).json_schema()


def test_what_a_table_requires_stays_required() -> None:
    schema = TypeAdapter(readable_by_pydantic(Shelf)).json_schema()
    assert schema["required"] == ["where"]
    assert schema["$defs"]["Place"]["required"] == ["street"]
    assert schema["$defs"]["Place"]["description"] == "Where."


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="pydantic reads such a table there")
def test_a_table_that_holds_itself_is_refused_with_its_parameter() -> None:
    def climb(tree: Node) -> str:
        return tree["name"]

    with pytest.raises(UsageError, match=r"its parameter 'tree'.*typing_extensions"):
        Tool.from_function(climb)


@pytest.mark.parametrize(
    ("hint", "read"),
    [
        (Iterable[int], list[int]),
        (Iterable, list[Any]),
        (typing.Collection[str], list[str]),
        (dict[str, Iterable[int]], dict[str, list[int]]),
        (Iterable[int] | None, list[int] | None),
        (Annotated[Iterable[int], "a note"], Annotated[list[int], "a note"]),
        (list[int], list[int]),
        (int, int),
    ],
)
def test_what_takes_any_iterable_takes_a_list(hint: Any, read: Any) -> None:
    assert readable_by_pydantic(hint) == read


@dataclasses.dataclass
class Tree:
    name: str
    children: list[Tree] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Box(Generic[T]):
    inner: T


@pytest.mark.parametrize(
    ("hint", "written", "read"),
    [
        (Number, 3, 3),
        (Table, {"a": {"b": 1}}, {"a": {"b": 1}}),
        (Tree, {"name": "a", "children": [{"name": "b"}]}, Tree("a", [Tree("b")])),
        (Box[int], {"inner": "3"}, Box(3)),
        ("list[Number]", [3], [3]),
    ],
)
def test_new_types_aliases_and_types_that_hold_themselves(hint: Any, written: object, read: object) -> None:
    def function(value: Any) -> None: ...

    function.__annotations__["value"] = hint
    made = Tool.from_function(function)
    assert made.check({"value": written}) == {"value": read}
    assert made.parameters["required"] == ["value"]


MODERN = """
from chatbot.tools import Tool
from typing import TypedDict

type Matrix = list[list[float]]
type Tree = dict[str, int | Tree]

class Node(TypedDict):
    children: list["Node"]

def scale[T: (int, float)](matrix: Matrix, tree: Tree, node: Node, by: T) -> Matrix: ...

made = Tool.from_function(scale)
given = {"matrix": [[1.5]], "tree": {"a": {"b": 1}}, "node": {"children": []}, "by": 2}
assert made.check(given) == given
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is that of Python 3.12")
def test_aliases_and_parameters_of_types_in_the_syntax_of_python_3_12() -> None:
    subprocess.run([sys.executable, "-c", MODERN], check=True)
