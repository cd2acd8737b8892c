"""A function's parameters as a model would have to fill them, and by name those that no model could."""

from __future__ import annotations

import dataclasses
import enum
import functools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from chatbot.errors import UsageError
from chatbot.tools.signature import Parameter, parameters_of


def read(function: Callable[..., object]) -> list[Parameter]:
    return parameters_of(function, "made", {"a": "The first."})


def test_names_types_defaults_and_words() -> None:
    def function(a: int, b: str | None = None, *, c: Literal["x"] = "x") -> None: ...

    assert read(function) == [
        Parameter("a", int, description="The first."),
        Parameter("b", str | None, None),
        Parameter("c", Literal["x"], "x"),
    ]
    assert [parameter.required for parameter in read(function)] == [True, False, False]


def test_notes_on_a_type_stay() -> None:
    def function(a: Annotated[int, "a note"]) -> None: ...

    assert read(function)[0].hint == Annotated[int, "a note"]


def test_methods_partials_wrapped_functions_and_callables() -> None:
    class Shop:
        def price(self, a: str) -> str:
            return a

        @classmethod
        def open(cls, a: str) -> str:
            return a

        @staticmethod
        def shut(a: str) -> str:
            return a

        def __call__(self, a: str) -> str:
            return a

    @functools.wraps(Shop.shut)
    def wrapped(*args: Any, **kwargs: Any) -> str:
        return Shop.shut(*args, **kwargs)

    def two(a: str, b: int) -> str:
        return a * b

    for function in (Shop().price, Shop.open, Shop.shut, Shop(), wrapped, functools.partial(two, b=2)):
        assert [(parameter.name, parameter.hint) for parameter in read(function)] == [("a", str)]
    assert [parameter.name for parameter in read(functools.partial(two, "x"))] == ["b"]


def untyped(a):  # type: ignore[no-untyped-def]
    return a


def any_number(*a: int) -> int:
    return sum(a)


def any_names(**a: int) -> int:
    return sum(a.values())


def by_position(a: int, /) -> int:
    return a


def takes_a_function(a: Callable[[], int]) -> int:
    return a()


def takes_an_object(a: threading.Lock) -> int:  # type: ignore[name-defined]  # noqa: F821
    return 1


def takes_an_iterator_of_objects(a: list[Iterator[slice]]) -> int:
    return len(a)


class Unbound:
    def method(self, a: int) -> int:
        return a


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (untyped, "its parameter 'a' has no type hint (write a: str, say)"),
        (any_number, "its parameter 'a' takes any number of values"),
        (any_names, "its parameter 'a' takes any number of values"),
        (by_position, "its parameter 'a' can only be given by position (remove the / from its signature)"),
        (takes_a_function, "no JSON fits the type of its parameter 'a'"),
        (takes_an_object, "the type of its parameter 'a' cannot be read"),
        (takes_an_iterator_of_objects, "no JSON fits the type of its parameter 'a'"),
        (Unbound.method, "its parameter 'self' has no type hint (make the bound method a tool"),
        (dict.update, "made cannot be a tool"),
        (print, "made cannot be a tool"),
    ],
)
def test_what_no_model_could_fill_is_named(function: Callable[..., object], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(function)
    assert said in str(caught.value)


@dataclasses.dataclass
class Point:
    x: int


class Colour(enum.Enum):
    RED = 1


@pytest.mark.parametrize(
    "hint",
    [
        *(str, bytes, Any, object, Path, Point, Colour),
        *(list[int], dict[str, list[float]], tuple[int, str], set[str], list[Point], list[Any], int | str | None),
    ],
)
def test_types_that_json_fits(hint: Any) -> None:
    def function(a: Any) -> None: ...

    function.__annotations__["a"] = hint
    assert read(function)[0].hint == hint


def test_plain_types_register_without_pydantic() -> None:
    program = """
import sys
from chatbot.tools import tool
from typing import Literal
@tool
def order(number: int, kind: Literal["a", "b"] = "a", tags: list[str] | None = None) -> dict[str, int]:
    return {}
sys.exit("pydantic" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
