"""Panels: read from an entry with file and line, and what each judge is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from benches import bench
from chat_server import ChatServer, says

from chatbot.errors import ChatbotError
from chatbot.evaluation.judging.panel import Panel, assignments, panels_of
from chatbot.evaluation.records import Item, Response
from chatbot.models.connect import connect

Start = Callable[..., ChatServer]
PROMPTS = Path(__file__).parents[3] / "prompts"
ITEM = Item("1", {"question": "2 + 2?", "answer": "4", "hard": ""})


def panels(folder: Path, server: ChatServer, entries: str) -> list[Panel]:
    made = bench(folder, server, scorers=entries)
    dataset = replace(made.dataset, items=(*made.dataset.items, ITEM))
    return panels_of(made.suite, dataset, lambda spec: connect(spec or f"{server.url}#default"))


def rubric(kind: str = "rubric", more: str = "") -> str:
    return f"{{kind: {kind}, rubric: It is right, prompt: {PROMPTS / f'judge_{kind}.prompty'}{more}}}"


def test_a_judge_sees_the_response_without_its_thinking_the_rubric_and_the_reference(
    tmp_path: Path, chat_server: Start
) -> None:
    (panel,) = panels(tmp_path, chat_server(says("")), rubric(more=', reference: "{{ answer }}", repeats: 2'))
    first, second = assignments(panel, ITEM, Response("<think>Is it 5?</think>It is 4."))
    asked = {"question": "2 + 2?", "rubric": "It is right", "reference": "4", "answer": "It is 4."}
    assert first.inputs.fields == second.inputs.fields == asked
    assert (first.repeat, second.repeat, first.key != second.key) == (0, 1, True)


def test_the_key_changes_with_all_that_a_judge_is_asked_and_with_nothing_else(
    tmp_path: Path, chat_server: Start
) -> None:
    server = chat_server(says(""))
    (panel,) = panels(tmp_path, server, rubric())
    (harsher,) = panels(tmp_path, server, rubric(more="").replace("It is right", "It is quite right"))
    (other,) = panels(tmp_path, server, rubric(more=f', judges: ["{server.url}#judge"]'))

    def key(panel: Panel, text: str = "4", item: Item = ITEM) -> str:
        (one,) = assignments(panel, item, Response(text))
        return one.key

    assert len({key(panel), key(panel, "5"), key(harsher), key(other)}) == 4
    assert key(panel) == key(panel, item=replace(ITEM, id="2", line=9, tags=("x",)))


def test_two_responses_are_shown_in_both_orders(tmp_path: Path, chat_server: Start) -> None:
    (panel,) = panels(tmp_path, chat_server(says("")), rubric("pairwise"))
    shown = list(assignments(panel, ITEM, Response("variant"), Response("baseline")))
    assert [(each.swapped, each.inputs.fields["first"]) for each in shown] == [(False, "variant"), (True, "baseline")]
    assert not list(assignments(panel, ITEM, Response("same"), Response(" same\n")))


@pytest.mark.parametrize(
    "response", [Response(""), Response("no", error="it broke"), Response("I can't.", declined=True)]
)
def test_what_there_is_nothing_to_judge_in_is_not_judged(
    tmp_path: Path, chat_server: Start, response: Response
) -> None:
    (panel,) = panels(tmp_path, chat_server(says("")), rubric())
    assert not list(assignments(panel, ITEM, response))


def test_items_that_the_scorer_leaves_out_are_not_judged(tmp_path: Path, chat_server: Start) -> None:
    (panel,) = panels(tmp_path, chat_server(says("")), rubric(more=', when: "{{ hard }}"'))
    assert not list(assignments(panel, ITEM, Response("4")))


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("{kind: rubric}", "suite.yaml:4: rubric needs `rubric`"),
        (f"{rubric()}, {rubric()}", "suite.yaml:4: two scorers with judges are named 'rubric'"),
        (rubric(more=", judges: [a, a]"), "suite.yaml:4: judges must be a list of different models"),
        (rubric(more=", repeats: 0"), "suite.yaml:4: repeats must be at least 1"),
        ("{kind: rubric, rubric: good, prompt: direct.prompty}", "suite.yaml:4: prompt 'direct' cannot judge: it has"),
        (rubric(more=', reference: "{{ anser }}"'), "suite.yaml:4: 'anser' is not a field"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, chat_server: Start, entries: str, said: str) -> None:
    with pytest.raises(ChatbotError) as error:
        panels(tmp_path, chat_server(says("")), entries)
    assert said in str(error.value)
