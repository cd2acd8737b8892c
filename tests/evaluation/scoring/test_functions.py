from __future__ import annotations

from pathlib import Path

import pytest
from scored_entries import item, said, section, worth

from chatbot.errors import PromptError
from chatbot.evaluation.records import Scorer
from chatbot.evaluation.scoring import scorer_of

CODE = """
from dataclasses import dataclass
from chatbot.evaluation.records import Score

@dataclass
class Limit:
    most: int = 5

def short(item, response):
    return len(response.text) <= Limit().most

def share(item, response):
    return len(response.text) / 10

def told(item, response):
    return 0, "because"

def own(item, response):
    return Score("no_answer", reason="mine")

def fails(item, response):
    return item.fields["nothing"]

def silent(item, response):
    pass

def endless(item, response):
    return float("nan")

async def later(item, response):
    return 1

NUMBER = 3
"""


def loaded(folder: Path, function: str, more: str = "") -> Scorer:
    (folder / "scorers.py").write_text(CODE)
    (folder / "broken.py").write_text("1 / 0")
    return scorer_of(section(f'{{kind: python, function: "{function}"{more}}}', path=folder / "suite.yaml"))


@pytest.mark.parametrize(
    ("function", "value"),
    [
        ("short", 1),
        ("share", 0.3),
        ("told", 0),
        ("own", "no_answer"),
        ("fails", "unscored"),
        ("silent", "unscored"),
        ("endless", "unscored"),
    ],
)
def test_a_function_beside_the_suite_judges(tmp_path: Path, function: str, value: object) -> None:
    assert worth(loaded(tmp_path, f"scorers.py:{function}")(item(), said("abc"))) == value


def test_a_function_of_an_installed_module_judges() -> None:
    judge = scorer_of(section("{kind: python, function: operator:is_not}"))

    assert worth(judge(item(), said("a"))) == 1


def test_a_function_that_raises_leaves_the_cell_unscored_and_says_why(tmp_path: Path) -> None:
    found = loaded(tmp_path, "scorers.py:fails")(item(), said("a"))

    assert found.reason == "scorers.py:fails failed: KeyError: 'nothing'"


def test_declined_replies_are_judged_where_the_entry_says_so(tmp_path: Path) -> None:
    assert worth(loaded(tmp_path, "scorers.py:short")(item(), said("a", declined=True))) == "refused"
    assert worth(loaded(tmp_path, "scorers.py:short", ", declined: true")(item(), said("a", declined=True))) == 1
    assert worth(loaded(tmp_path, "scorers.py:short", ", declined: true")(item(), said("a", error="down"))) == "error"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("scorers.py:shrt", "scorers.py has no function 'shrt'"),
        ("scorers.py:NUMBER", "scorers.py has no function 'NUMBER'"),
        ("scorers.py:later", "scorers.py:later is asynchronous"),
        ("scorers.py", "'scorers.py' names no function"),
        ("none.py:short", "there is no file none.py beside the suite"),
        ("../up.py:short", "leads out of"),
        ("no_such_module:short", "there is no module 'no_such_module'"),
        ("broken.py:short", "broken.py failed: ZeroDivisionError: division by zero"),
    ],
)
def test_a_function_that_is_not_there_is_told_when_the_suite_is_loaded(
    tmp_path: Path, function: str, message: str
) -> None:
    with pytest.raises(PromptError) as caught:
        loaded(tmp_path, function)

    assert "suite.yaml:3: " in caught.value.message and message in caught.value.message


def test_the_nearest_function_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromptError) as caught:
        loaded(tmp_path, "scorers.py:shrt")

    assert caught.value.hint == "did you mean 'short'?"
