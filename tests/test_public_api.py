"""What `import chatbot` promises: the names, their documentation and types, and that it costs nothing."""

from __future__ import annotations

import dataclasses
import inspect
import subprocess
import sys
import typing
from pathlib import Path

import pytest

import chatbot

HEAVY = (
    "anthropic bs4 click faiss httpx httpx2 jinja2 langchain langchain_core langchain_text_splitters numpy onnxruntime "
    "openai prompt_toolkit pydantic rich sentence_transformers tokenizers torch transformers yaml"
).split()

CLASSES = [name for name in chatbot.__all__ if inspect.isclass(getattr(chatbot, name))]


def imported_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter has after the statement."""
    program = f"{statement}\nimport sys; print(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_the_list_of_names_is_sorted_and_complete() -> None:
    assert chatbot.__all__ == sorted(chatbot.__all__)
    assert set(chatbot.__all__) == set(chatbot._HOMES)
    assert set(chatbot.__all__) <= set(dir(chatbot))


@pytest.mark.parametrize("name", chatbot.__all__)
def test_a_public_name_is_importable_and_documented(name: str) -> None:
    namespace: dict[str, object] = {}
    exec(f"from chatbot import {name}", namespace)  # the statement that users write

    assert inspect.getdoc(namespace[name])


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Chatbott'"):
        _ = chatbot.Chatbott  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", CLASSES)
def test_public_methods_and_properties_are_documented_and_typed(name: str) -> None:
    kind = getattr(chatbot, name)
    for member, value in vars(kind).items():
        function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if member.startswith("_") or not inspect.isfunction(function):
            continue
        assert inspect.getdoc(function), f"{name}.{member} has no docstring"
        untyped = [
            parameter.name
            for parameter in inspect.signature(function).parameters.values()
            if parameter.annotation is parameter.empty and parameter.name not in ("self", "cls")
        ]
        assert not untyped, f"{name}.{member} leaves {untyped} without a type"
        assert "return" in function.__annotations__, f"{name}.{member} says not what it returns"


def test_public_values_cannot_be_changed() -> None:
    for name in ("Answer", "Citation", "Message", "Passage", "Usage"):
        kind = getattr(chatbot, name)
        assert dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen and hasattr(kind, "__slots__")  # type: ignore[attr-defined]


def test_the_four_ways_to_ask_take_the_same_arguments() -> None:
    ways = [getattr(chatbot.Chatbot, way) for way in ("ask", "stream", "aask", "astream")]

    assert len({str(inspect.signature(way).replace(return_annotation=None)) for way in ways}) == 1


def test_every_error_is_a_chatbot_error_with_an_exit_code() -> None:
    from chatbot import errors

    classes = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, Exception)]
    assert len(classes) > 10
    for error in classes:
        assert issubclass(error, chatbot.ChatbotError)
        raised = error("what happened", hint="what to do")
        assert raised.exit_code in (1, 2)
        assert str(raised) == "what happened (what to do)"


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert imported_by("import chatbot").isdisjoint(HEAVY)


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_import_little(option: str) -> None:
    statement = (
        "import sys; from chatbot.cli import main\nsys.argv = ['chatbot', " + repr(option) + "]\n"
        "try: main()\nexcept SystemExit: pass"
    )
    assert imported_by(statement).isdisjoint({*HEAVY} - {"click"})


def test_a_chatbot_imports_only_what_it_uses() -> None:
    """Quoting needs no client for endpoints, talking to an endpoint no encoder."""
    statement = "from chatbot import Chatbot\nfrom chatbot.models import Scripted\nChatbot(Scripted(), durable=False)"

    assert imported_by(statement).isdisjoint({"openai", "langchain_core", "onnxruntime", "faiss", "torch", "rich"})


def test_type_hints_of_public_values_resolve() -> None:
    for name in ("Answer", "Citation", "Message", "Passage", "Usage"):
        assert typing.get_type_hints(getattr(chatbot, name))


def test_the_package_is_marked_as_typed() -> None:
    assert (Path(chatbot.__file__).parent / "py.typed").is_file()
