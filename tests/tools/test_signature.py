"""A function's parameters as a model would have to fill them, and by name those that no model could."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypedDict, Unpack

import pytest
from annotated_types import Gt
from pydantic import Field
from typing_extensions import Doc

from chatbot.errors import ToolArgumentError, UsageError
from chatbot.tools.signature import Parameter, parameters_of, spread


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


def undecorated(*args, **kwargs):  # type: ignore[no-untyped-def]
    return args


def takes_an_object(a: threading.Lock) -> int:  # type: ignore[name-defined]  # noqa: F821
    return 1


def takes_a_list_of_unknowns(b: int, a: list[Unknown]) -> int:  # type: ignore[name-defined]  # noqa: F821
    return 1


class Unbound:
    def method(self, a: int) -> int:
        return a


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (untyped, "its parameter 'a' has no type hint (write a: str, say)"),
        (undecorated, "its parameter 'args' has no type hint (name each parameter, with its type; a decorator keeps"),
        (takes_an_object, "the type of its parameter 'a' cannot be read: name 'threading' is not defined"),
        (takes_a_list_of_unknowns, "the type of its parameter 'a' cannot be read: name 'Unknown' is not defined"),
        (Unbound.method, "its parameter 'self' has no type hint (make the bound method a tool"),
        (dict.update, "made cannot be a tool"),
        (print, "made cannot be a tool"),
    ],
)
def test_what_no_model_could_fill_is_named(function: Callable[..., object], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(function)
    assert said in str(caught.value)


def test_none_by_default_may_be_given() -> None:
    def function(a: str = None, b: int | None = None, c: Any = None) -> None: ...  # type: ignore[assignment]  # noqa: RUF013

    assert [parameter.hint for parameter in read(function)] == [str | None, int | None, Any | None]


def test_what_is_said_of_a_parameter_comes_from_its_field_its_docstring_or_a_note() -> None:
    def function(
        a: Annotated[str, "A note."],
        b: Annotated[str, "A note."],
        c: Annotated[str, Field(description="A field.")],
        d: Annotated[str, Doc("A document.")],
        e: str = Field("x", description="A field."),
        f: Annotated[str, Gt(3)] = "",
    ) -> None: ...

    found = parameters_of(function, "made", {"a": "The docstring.", "c": "The docstring."})
    said = {parameter.name: parameter.description for parameter in found}
    assert said == {
        "a": "The docstring.",
        "b": "A note.",
        "c": "A field.",
        "d": "A document.",
        "e": "A field.",
        "f": "",
    }
    assert [parameter.required for parameter in found] == [True, True, True, True, False, False]


# --- what cannot be given by name -------------------------------------------------------------------------------------


class Options(TypedDict):
    size: int


def by_position(a: int, b: int = 2, /, c: int = 3) -> tuple[int, ...]:
    return a, b, c


def any_number(a: int, b: int = 2, *rest: int, c: int = 3) -> tuple[object, ...]:
    return a, b, rest, c


def any_names(a: int, /, b: int = 2, **more: int) -> tuple[object, ...]:
    return a, b, more


def named_options(**options: Unpack[Options]) -> object:
    return options


@pytest.mark.parametrize(
    ("function", "arguments", "result"),
    [
        (by_position, {"a": 1}, (1, 2, 3)),
        (by_position, {"a": 1, "c": 5}, (1, 2, 5)),
        (by_position, {"a": 1, "b": 4, "c": 5}, (1, 4, 5)),
        (any_number, {"a": 1}, (1, 2, (), 3)),
        (any_number, {"a": 1, "rest": [7, 8]}, (1, 2, (7, 8), 3)),
        (any_number, {"a": 1, "b": 5, "rest": [7], "c": 9}, (1, 5, (7,), 9)),
        (any_names, {"a": 1, "more": {"x": 1}}, (1, 2, {"x": 1})),
        (any_names, {"a": 1, "b": 3}, (1, 3, {})),
        (named_options, {"options": {"size": 3}}, {"size": 3}),
        (named_options, {}, {}),
    ],
)
def test_what_is_given_by_position_or_in_any_number_is_given_by_name(
    function: Callable[..., object], arguments: dict[str, object], result: object
) -> None:
    assert spread(function)(**arguments) == result


def test_a_spread_function_is_still_the_function_it_was() -> None:
    assert spread(any_number)(1, 2, 3, 4, c=5) == any_number(1, 2, 3, 4, c=5)
    assert spread(any_number).__name__ == "any_number"
    assert spread(len) is not len and spread(untyped) is untyped


def test_any_number_of_values_is_a_list_and_of_names_a_table() -> None:
    assert [(each.name, each.hint, each.required) for each in read(any_number)] == [
        ("a", int, True),
        ("b", int, False),
        ("rest", list[int], False),
        ("c", int, False),
    ]
    assert [(each.name, each.hint) for each in read(any_names)][2] == ("more", dict[str, int])
    assert [(each.name, each.required) for each in read(named_options)] == [("options", False)]


@pytest.mark.parametrize("name", ["a", "b", "more"])
def test_free_names_cannot_fill_a_parameter(name: str) -> None:
    with pytest.raises(ToolArgumentError) as caught:
        spread(any_names)(a=1, more={name: 3})
    assert caught.value.parameter == f"more.{name}"


def test_plain_types_register_with_neither_pydantic_nor_what_runs_tools() -> None:
    program = """
import sys
from chatbot.tools import tool
from typing import Literal
@tool
def order(number: int, kind: Literal["a", "b"] = "a", tags: list[str] | None = None) -> dict[str, int]:
    return {}
sys.exit(", ".join({"pydantic", "asyncio", "chatbot.tools.toolbox"} & set(sys.modules)) or None)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
