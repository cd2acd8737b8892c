"""What a model writes as arguments: read strictly, coerced only where nothing is lost, and explained where wrong."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import ipaddress
import json
import re
import threading
import uuid
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Base64Bytes, BaseModel, Field, TypeAdapter
from typing_extensions import TypedDict

from chatbot.errors import ToolArgumentError, ToolError, UsageError
from chatbot.tools import Tool


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    SMALL = 1


@dataclasses.dataclass
class Point:
    x: int
    y: float = 0.0


class Address(TypedDict):
    street: str
    number: int


class Order(BaseModel):
    number: int
    tags: list[str] = []


def made_of(hint: Any) -> Any:
    """The arguments of a tool whose one parameter `value` has this type."""

    def function(value: Any) -> str:
        return str(value)

    function.__annotations__["value"] = hint
    return Tool.from_function(function, name="made").arguments


def read(hint: Any, written: str) -> object:
    return made_of(hint).read('{"value": ' + written + "}")["value"]


@pytest.mark.parametrize(
    ("written", "parameter"),
    [
        ('{"number": 1, "tags": ["a", {}]}', "value.tags.1"),
        ('{"number": true}', "value.number"),
        ("{}", "value.number"),
        ("7", "value"),
    ],
)
def test_the_parameter_that_is_wrong_is_an_attribute_of_the_error(written: str, parameter: str) -> None:
    with pytest.raises(ToolArgumentError) as caught:
        read(Order, written)
    assert caught.value.parameter == parameter
    assert parameter in caught.value.message


@dataclasses.dataclass
class Attachment:
    name: str
    content: bytes


class Kind(enum.Enum):
    ODD = object()


def takes(hint: Any) -> Any:
    def function(before: int, a: Any) -> None: ...

    function.__annotations__["a"] = hint
    return function


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        (bytes, "JSON has no bytes (take text, or pydantic.Base64Bytes)"),
        (list[bytes], "JSON has no bytes"),
        (dict[str, bytes | None], "JSON has no bytes"),
        (Attachment, "JSON has no bytes"),
        (Literal[b"x"], "JSON has no bytes"),
        (bytearray, "JSON has no <class 'bytearray'>"),
        (Callable[[], int], "JSON has no functions"),
        (list[Iterator[slice]], "JSON has no collections.abc.Iterator[slice]"),
        (Generator[int, None, None], "JSON has no iterators"),
        (type[int], "JSON has no classes"),
        (dict[tuple[int, int], str], "keys of a JSON object are text, not tuple"),
        (dict[bytes, str], "keys of a JSON object are text, not bytes"),
        (Kind, "nable to serialize unknown type"),
        (threading.Thread, "JSON has no <class 'threading.Thread'>"),
        (TypeVar("T", bound=bytes), "JSON has no bytes"),
    ],
)
def test_a_type_that_no_json_fits_is_refused_with_its_parameter(hint: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Tool.from_function(takes(hint), name="made")
    message = str(caught.value)
    assert message.startswith("made cannot be a tool: no JSON fits the type of its parameter 'a': ")
    assert said.lower() in message.lower()


@pytest.mark.parametrize(
    "hint",
    [
        *(str, Any, object, Path, Point, Colour, Base64Bytes, Decimal, re.Pattern[str]),
        *(list[int], dict[str, list[float]], tuple[int, str], set[str], list[Point], list[Any], int | str | None),
        *(Iterable[Point], Collection[str], Mapping[int, str], Sequence[Path], deque[int], frozenset[int]),
    ],
)
def test_a_type_that_json_fits_makes_a_tool(hint: Any) -> None:
    made = Tool.from_function(takes(hint), name="made")
    assert list(made.parameters["properties"]) == ["before", "a"]  # type: ignore[call-overload]


def refusal(hint: Any, written: str) -> str:
    with pytest.raises(ToolError) as caught:
        read(hint, written)
    return caught.value.message


@pytest.mark.parametrize(
    ("hint", "written", "value"),
    [
        (int, "3", 3),
        (int, '"3"', 3),
        (int, "3.0", 3),
        (int, "12345678901234567890", 12345678901234567890),
        (float, "3", 3.0),
        (float, '"0.5"', 0.5),
        (bool, "true", True),
        (bool, '"true"', True),
        (str, "17", "17"),
        (str, '"1.10"', "1.10"),
        (int | str, '"17"', "17"),
        (int | bool, "true", True),
        (int | None, "null", None),
        (list[int], "[1, 2.0]", [1, 2]),
        (list[str], '"[\\"a\\", \\"b\\"]"', ["a", "b"]),
        (dict[str, int], '"{\\"a\\": 1}"', {"a": 1}),
        (dict[str, Any], '{"a": [true, 1.5, null]}', {"a": [True, 1.5, None]}),
        (tuple[int, ...], "[1, 2]", (1, 2)),
        (Literal["hard", "soft"], '"soft"', "soft"),
        (Colour, '"red"', Colour.RED),
        (Size, "1", Size.SMALL),
        (Point, '{"x": "1"}', Point(1)),
        (list[Point], '[{"x": 1, "y": 2}]', [Point(1, 2.0)]),
        (Address, '{"street": "High St", "number": 3}', {"street": "High St", "number": 3}),
        (Order, '{"number": 3, "tags": ["a"]}', Order(number=3, tags=["a"])),
        (Order, '"{\\"number\\": 3}"', Order(number=3)),
        (datetime.date, '"2024-02-29"', datetime.date(2024, 2, 29)),
        (Annotated[int, Field(ge=1, le=9)], "9", 9),
        (Literal[1, 2], '"2"', 2),
        (Literal["1", "2"], "2", "2"),
        (Literal[True, "auto"], '"true"', True),
        (Size, '"1"', Size.SMALL),
        (dict[str, list[int]], '{"a": "[1]"}', {"a": [1]}),
        (list[Point], '["{\\"x\\": 1}"]', [Point(1)]),
        (Any, "[" * 60 + "]" * 60, json.loads("[" * 60 + "]" * 60)),
    ],
)
def test_values_are_coerced_where_nothing_is_lost(hint: Any, written: str, value: object) -> None:
    found = read(hint, written)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("hint", "written", "said"),
    [
        (int, '"3.7"', 'value: input should be a valid integer, unable to parse string as an integer, not "3.7"'),
        (int, "3.7", "value: input should be a valid integer, got a number with a fractional part, not 3.7"),
        (int, "true", "value: input should be a number, not true"),
        (int | None, "true", "value: input should be a number, not true"),
        (float, "false", "value: input should be a number, not false"),
        (list[int], "[1, true]", "value.1: input should be a number, not true"),
        (tuple[int, int], "[1, true]", "value.1: input should be a number, not true"),
        (dict[str, float], '{"a": true}', "value.a: input should be a number, not true"),
        (Point, '{"x": true}', "value.x: input should be a number, not true"),
        (list[Point], '[{"x": 1}, {"x": true}]', "value.1.x: input should be a number, not true"),
        (Address, '{"street": "s", "number": true}', "value.number: input should be a number, not true"),
        (Order, '{"number": true}', "value.number: input should be a number, not true"),
        (Size, "true", "value: input should be a number, not true"),
        (Literal[1, 2], "true", "value: input should be a number, not true"),
        (str, "1.10", "value: input should be text, in quotes, not 1.1"),
        (list[str], "[1.5]", "value.0: input should be text, in quotes, not 1.5"),
        (str, "true", "value: input should be a valid string, not true"),
        (str, "null", "value: input should be a valid string, not null"),
        (float, "9007199254740993", "has more digits than a number of this kind can hold"),
        (bool, '"perhaps"', "value: input should be a valid boolean"),
        (bool, "2", "value: input should be a valid boolean"),
        (Literal[1, 2], '"3"', 'value: input should be 1 or 2, not "3"'),
        (Literal["a"], "true", "value: input should be 'a', not true"),
        (int, "[" * 500 + "]" * 500, "nested too deeply: more than 64 levels"),
        (list[str], '"a"', 'value: input should be a valid list, not "a"'),
        (list[int], '[1, "x"]', "value.1: input should be a valid integer"),
        (Literal["hard", "soft"], '"hrad"', "value: input should be 'hard' or 'soft', not \"hrad\""),
        (Colour, '"green"', "value: input should be 'red' or 'blue', not \"green\""),
        (Point, '{"y": 1}', "value.x is missing"),
        (Point, '{"x": 1, "z": 2}', "there is no 'value.z'"),
        (Address, '{"street": "s"}', "value.number is missing"),
        (list[Order], '[{"number": 1}, {}]', "value.1.number is missing"),
        (Order, '{"number": 3, "tags": ["a", {}]}', "value.tags.1: input should be a valid string"),
        (Annotated[int, Field(ge=1, le=9)], "10", "value: input should be less than or equal to 9, not 10"),
        (datetime.date, '"2024-02-30"', "value: input should be a valid date"),
        (int | list[str], '{"a": 1}', 'value: input should be a valid integer, not {"a": 1}; value: input should be'),
    ],
)
def test_what_is_wrong_is_named_with_its_place(hint: Any, written: str, said: str) -> None:
    message = refusal(hint, written)
    assert message.startswith(("wrong arguments for made: ", "the arguments of made are nested"))
    assert said in message


def book(title: str, copies: int = 1, price: float = 0.0, gift: bool = False, tags: list[str] | None = None) -> str:
    return title


BOOK = Tool.from_function(book).arguments


def test_what_is_left_out_is_left_to_the_function() -> None:
    assert BOOK.read('{"title": "Emma"}') == {"title": "Emma"}
    assert BOOK.read('{"title": "Emma", "copies": 3}') == {"title": "Emma", "copies": 3}


def test_all_that_is_wrong_is_said_at_once_up_to_a_bound() -> None:
    with pytest.raises(ToolError) as caught:
        BOOK.read('{"titel": "Emma", "copies": "many", "gift": 7}')
    assert caught.value.message == (
        "wrong arguments for book: title is missing; copies: input should be a valid integer, unable to parse string "
        'as an integer, not "many"; gift: input should be a valid boolean, unable to interpret input, not 7; '
        "there is no 'titel' (did you mean 'title'?)"
    )
    assert refusal(list[int], json.dumps(["x"] * 100)).endswith("; and 95 more")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('["Emma"]', 'the arguments of book must be one JSON object, not ["Emma"]'),
        ("17", "must be one JSON object, not 17"),
        ("null", "must be one JSON object, not null"),
        ('{"title": "Em', "the arguments of book are not JSON: "),
        ('{"title": "Emma", "price": NaN}', "NaN is not a value of JSON"),
        ('{"title": "Emma", "price": 1e999}', "1e999 is too large"),
        ('{"title": "Emma", "title": "Persuasion"}', "the key 'title' is given twice"),
        ('{"title": "Emma", "copies": ' + "9" * 5_000 + "}", "more than 1,000 digits"),
        ("[" * 100_000, "nested too deeply"),
        ('{"title": "' + "x" * 1_000_001 + '"}', "longer than 1,000,000 characters"),
    ],
)
def test_what_is_no_object_of_json_is_refused(written: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        BOOK.read(written)
    assert said in caught.value.message
    assert len(caught.value.message) < 300


def test_an_object_that_was_written_as_text_is_read() -> None:
    assert BOOK.read(json.dumps('{"title": "Emma"}')) == {"title": "Emma"}


def test_no_text_at_all_means_no_arguments() -> None:
    nothing = Tool.from_function(lambda: "", name="nothing").arguments
    assert nothing.read("") == nothing.read(" ") == nothing.read("{}") == {}
    assert nothing.schema == {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


def everything(
    point: Point | None = None,
    order: Order | None = None,
    places: list[Address] | None = None,
    colour: Colour = Colour.RED,
    either: int | list[str] | dict[str, float] = 0,
    anything: Any = None,
) -> None: ...


EVERYTHING = Tool.from_function(everything).arguments


@given(
    st.one_of(
        st.text(max_size=60),
        st.dictionaries(st.sampled_from(["title", "copies", "price", "tags", "x"]), JSON).map(json.dumps),
    )
)
def test_any_text_is_arguments_or_an_error_for_the_model(text: str) -> None:
    try:
        found = BOOK.read(text)
    except ToolError:
        return
    assert isinstance(found["title"], str)
    assert type(found.get("copies", 1)) is int


@given(st.dictionaries(st.sampled_from([*EVERYTHING.parameters, "x"]), JSON | st.fixed_dictionaries({"x": JSON})))
def test_any_object_is_arguments_of_structured_types_or_an_error(given_: dict[str, object]) -> None:
    try:
        found = EVERYTHING.read(json.dumps(given_))
    except ToolError as error:
        said = error.message
    else:
        assert found.keys() == given_.keys()
        said = "wrong arguments for everything"
    assert "everything" in said and "function-" not in said


# --- any type there and back ------------------------------------------------------------------------------------------


class Corner(NamedTuple):
    x: int
    y: Decimal


class Journey(TypedDict):
    start: datetime.datetime
    legs: list[datetime.timedelta]


@dataclasses.dataclass(frozen=True)
class Leg:
    name: str
    corner: Corner
    colour: Colour | None = None


class Route(BaseModel):
    legs: list[Leg]
    by: Literal["foot", "bike"] = "foot"


class Walk(BaseModel):
    kind: Literal["walk"] = "walk"
    far: float


class Ride(BaseModel):
    kind: Literal["ride"] = "ride"
    stops: set[str]


NUMBERS = st.integers(-(10**20), 10**20)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
ZONES = st.timezones() | st.just(datetime.UTC) | st.none()
TIMEDELTAS = st.timedeltas(datetime.timedelta(days=-100_000), datetime.timedelta(days=100_000))
CORNERS = st.builds(Corner, NUMBERS, DECIMALS)
LEGS = st.builds(Leg, st.text(), CORNERS, st.sampled_from(Colour) | st.none())
MOMENTS = st.datetimes(timezones=st.just(datetime.UTC) | st.none())

HASHABLE: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (int, NUMBERS),
    (str, st.text()),
    (datetime.date, st.dates()),
    (datetime.datetime, MOMENTS),
    (datetime.time, st.times()),
    (datetime.timedelta, TIMEDELTAS),
    (uuid.UUID, st.uuids()),
    (Path, st.lists(st.text("abc. -é", min_size=1), max_size=3).map(lambda parts: Path(*parts))),
    (Colour, st.sampled_from(Colour)),
    (Size, st.sampled_from(Size)),
    (Literal["a", 3], st.sampled_from(["a", 3])),
    (ipaddress.IPv4Address, st.ip_addresses(v=4)),
]
KEYS = HASHABLE[:4] + HASHABLE[6:7]
OTHERS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (bool, st.booleans()),
    (float, FLOATS),
    (Decimal, DECIMALS),
    (Fraction, st.fractions()),
    (Any, JSON.filter(lambda value: "inf" not in repr(value))),
    (Corner, CORNERS),
    (Leg, LEGS),
    (Journey, st.fixed_dictionaries({"start": MOMENTS, "legs": st.lists(TIMEDELTAS, max_size=2)})),
    (Route, st.builds(Route, legs=st.lists(LEGS, max_size=2), by=st.sampled_from(["foot", "bike"]))),
    (Annotated[Walk | Ride, Field(discriminator="kind")],
     st.builds(Walk, far=FLOATS) | st.builds(Ride, stops=st.sets(st.text(), max_size=2))),
    (Annotated[int, Field(ge=0, multiple_of=5)], st.integers(0, 100).map(lambda n: 5 * n)),
    (Annotated[str, Field(min_length=1, pattern="^a")], st.text().map("a".__add__)),
    (int | list[int] | None, NUMBERS | st.lists(NUMBERS, max_size=3) | st.none()),
    (Base64Bytes, st.binary()),
]  # fmt: skip


@st.composite
def typed_values(draw: st.DrawFn, depth: int = 2) -> tuple[Any, st.SearchStrategy[Any]]:
    """A type, and a strategy of its values."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(HASHABLE + OTHERS))
    inner, values = draw(typed_values(depth=depth - 1))
    key, keys = draw(st.sampled_from(HASHABLE))
    named, names = draw(st.sampled_from(KEYS))
    return draw(
        st.sampled_from(
            [
                (list[inner], st.lists(values, max_size=3)),
                (Sequence[inner], st.lists(values, max_size=3)),
                (tuple[inner, key], st.tuples(values, keys)),
                (tuple[inner, ...], st.lists(values, max_size=3).map(tuple)),
                (set[key], st.sets(keys, max_size=3)),
                (frozenset[key], st.frozensets(keys, max_size=3)),
                (dict[named, inner], st.dictionaries(names, values, max_size=3)),
                (inner | None, values | st.none()) if inner is not Any else (Any, values),
            ]
        )
    )


def check_there_and_back(hint: Any, values: Sequence[object]) -> None:
    arguments, adapter = made_of(hint), TypeAdapter(hint)
    for value in values:
        read = arguments.read('{"value": ' + adapter.dump_json(value).decode() + "}")["value"]
        assert read == value
        assert type(read) is type(value)


@pytest.mark.parametrize(("hint", "values"), HASHABLE + OTHERS, ids=lambda each: getattr(each, "__name__", ""))
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_a_value_of_any_type_is_the_same_after_it_was_json(
    hint: Any, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    check_there_and_back(hint, data.draw(st.lists(values, min_size=10, max_size=10)))


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_values_of_types_in_types_are_the_same_after_they_were_json(data: st.DataObject) -> None:
    hint, values = data.draw(typed_values())
    check_there_and_back(hint, data.draw(st.lists(values, min_size=3, max_size=3)))


@pytest.mark.slow
@settings(max_examples=2_000, deadline=None)
@given(st.data())
def test_values_of_2000_types_are_the_same_after_they_were_json(data: st.DataObject) -> None:
    hint, values = data.draw(typed_values(depth=4))
    check_there_and_back(hint, data.draw(st.lists(values, min_size=5, max_size=5)))


# --- defaults ---------------------------------------------------------------------------------------------------------


def test_a_default_that_a_call_changes_is_new_for_the_next() -> None:
    def collect(item: str, into: list[str] = [], seen: dict[str, set[int]] = {"a": {1}}) -> list[str]:  # noqa: B006
        into.append(item)
        seen["a"].add(len(seen["a"]) + 1)
        return into

    made = Tool.from_function(collect)
    for _ in range(2):
        assert made(**made.check({"item": "pen"})) == ["pen"]
    properties: Any = made.parameters["properties"]
    assert properties["into"]["default"] == []
    assert made.parameters["required"] == ["item"]


def test_a_field_says_what_a_parameter_is_and_what_it_is_without() -> None:
    def order(
        number: int = Field(ge=1, description="Six digits."),
        size: str = Field("small", alias="format"),
        tags: list[str] = Field(default_factory=lambda: ["new"]),  # noqa: B008
        note: Annotated[str, Field(max_length=3)] = "-",
    ) -> str:
        return f"{number} {size} {tags} {note}"

    made = Tool.from_function(order)
    properties: Any = made.parameters["properties"]
    assert properties["number"] == {"type": "integer", "minimum": 1, "description": "Six digits."}
    assert properties["format"]["default"] == "small"
    assert made.parameters["required"] == ["number"]
    assert made(**made.check({"number": 1})) == "1 small ['new'] -"
    assert made(**made.check({"number": 1, "format": "large", "tags": []})) == "1 large [] -"
    with pytest.raises(ToolArgumentError) as caught:
        made.check({"number": 0})
    assert caught.value.parameter == "number"


class Exact:
    """A default whose comparisons are nobody's business, as those of arrays are."""

    def __eq__(self, other: object) -> bool:
        raise TypeError

    __hash__ = None  # type: ignore[assignment]


def test_a_default_is_never_compared_and_shown_where_json_has_it() -> None:
    def act(
        when: datetime.date = datetime.date(2024, 2, 29),
        where: Point = Point(1),  # noqa: B008
        how: Any = Exact(),  # noqa: B008
        order: Order = Order(number=3),  # noqa: B008
    ) -> str:
        return ""

    properties: Any = Tool.from_function(act).parameters["properties"]
    assert properties["when"]["default"] == "2024-02-29"
    assert properties["where"]["default"] == {"x": 1, "y": 0.0}
    assert properties["order"]["default"] == {"number": 3, "tags": []}
    assert "default" not in properties["how"]
