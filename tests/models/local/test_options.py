"""The table [local] of chatbot.toml."""

from __future__ import annotations

import pytest

from chatbot.errors import ProjectError
from chatbot.models.local.options import LocalOptions


def test_what_is_not_set_is_as_documented() -> None:
    assert LocalOptions.read({}, where="chatbot.toml: local") == LocalOptions()


def test_what_is_set_holds() -> None:
    table = {"device": "cpu", "dtype": "bfloat16", "quantize": "4bit", "cache_gib": 2, "trust_remote_code": ["a/b"]}
    options = LocalOptions.read(table, where="chatbot.toml: local")
    assert options == LocalOptions("cpu", "bfloat16", "4bit", 2.0, trust_remote_code=("a/b",))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"devise": "cpu"}, "chatbot.toml: local: unknown setting 'devise' (did you mean 'device'?)"),
        ({"quantize": "3bit"}, "chatbot.toml: local: quantize is '3bit' (known: 8bit, 4bit)"),
        ({"dtype": "int4"}, "chatbot.toml: local: dtype is 'int4' (known: auto, float32, bfloat16, float16)"),
        ({"cache_gib": -1}, "chatbot.toml: local: cache_gib is -1, not a positive number"),
    ],
)
def test_a_mistake_is_named(table: dict[str, object], says: str) -> None:
    with pytest.raises(ProjectError) as caught:
        LocalOptions.read(table, where="chatbot.toml: local")
    assert says in str(caught.value)
