from __future__ import annotations

from pathlib import Path

import pytest
from scored_entries import item, section

from chatbot.errors import PromptError, UsageError
from chatbot.evaluation.scoring.entry import Entry


def entry(written: str, **parts: object) -> Entry:
    return Entry(section(written), **parts)  # type: ignore[arg-type]


def test_a_value_is_under_its_key_or_in_the_field_of_default() -> None:
    assert entry("{kind: exact, expect: a}").expected(default="answer").value(item(answer="b")) == "a"
    assert entry("{kind: exact}").expected(default="answer").value(item(answer="b")) == "b"
    assert entry("{kind: exact}").optional("expect") is None


def test_a_value_that_is_nowhere_is_asked_for() -> None:
    for given in (entry("{kind: exact}"), entry("{kind: exact}", fields={"gold"})):
        with pytest.raises(PromptError) as caught:
            given.expected("expect", "answer" if given.fields else "")
        assert caught.value.message == "suite.yaml:3: exact needs `expect`"


def whole(value: object) -> int:
    if not isinstance(value, int):
        raise UsageError("no whole number", hint="write 3")
    return value


def test_what_no_item_changes_is_made_once_and_its_mistakes_have_a_line() -> None:
    given = entry("{kind: exact, n: x}")
    with pytest.raises(PromptError) as caught:
        given.made("n", given.expected("n"), whole)
    assert (caught.value.message, caught.value.hint) == ("suite.yaml:3: no whole number", "write 3")

    given = entry('{kind: exact, n: "{{ n }}"}')
    made = given.made("n", given.expected("n"), whole)
    assert made(item(n=3)) == 3
    with pytest.raises(UsageError):
        made(item(n="x"))


def test_the_folder_is_the_suites() -> None:
    assert Entry(section("{kind: exact}", path=Path("eval/suites/a.yaml"))).folder == Path("eval/suites")
