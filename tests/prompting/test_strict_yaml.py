from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import PromptError
from chatbot.prompting.strict_yaml import read_yaml

PATH = Path("some.yaml")


def test_every_value_knows_its_line() -> None:
    data, lines = read_yaml(PATH, "a: 1\nb:\n  - x\n  - {c: y}\n", line=2)
    assert data == {"a": 1, "b": ["x", {"c": "y"}]}
    assert {place: line for place, line in lines.items() if place} == {
        ("a",): 2,
        ("b",): 3,
        ("b", 0): 4,
        ("b", 1): 5,
        ("b", 1, "c"): 5,
    }


def test_nothing_is_no_data() -> None:
    assert read_yaml(PATH, "# a comment only\n") == (None, {})


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: [1\n", 3, "not YAML"),
        ("a: 1\na: 2\n", 2, "'a' is given twice"),
        ("- &x [1]\n- *x\n", 1, "aliases"),
        ("a: &x 1\nb: *x\n", 1, "aliases"),
        ("<<: {a: 1}\n", 1, "not a text key"),
        ("? [1, 2]\n: 3\n", 1, "not a text key"),
        ("yes: 1\n", 1, "not a text key"),
        ("a: 1\nb: 0x" + "F" * 5_000, 2, "more than 1,000 digits"),
        ("a: " + "9" * 5_000, 1, "more than 1,000 digits"),
        ("!!python/object/apply:os.system [ls]", 1, "not YAML"),
        ("a: !unknown 1", 1, "not YAML"),
        ("--- 1\n--- 2\n", 2, "not YAML"),
        ("a: \x00", 1, "not YAML"),
    ],
)
def test_what_is_not_taken_is_said_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(PromptError) as caught:
        read_yaml(PATH, text)
    assert caught.value.message.startswith(f"some.yaml:{line}: ")
    assert said in caught.value.message
    assert "\n" not in caught.value.message


@given(st.one_of(st.text(max_size=60), st.text(alphabet="ab:-&*?!|>[]{}#'\"\n \t0x9_", max_size=60)))
def test_any_text_is_data_or_an_error_with_a_line(text: str) -> None:
    said = "some.yaml:"
    try:
        read_yaml(PATH, text)
    except PromptError as error:
        said = error.message
    assert said.startswith("some.yaml:")
