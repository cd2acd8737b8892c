"""Which functions a variant calls, in the protocol and in text, at a real server: none of them is ever run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from benches import bench_of
from chat_server import ChatServer, Scene, call, calls, refuses, says
from written_calls import truth

from chatbot.errors import ProjectError
from chatbot.evaluation.choosing import check_offered, offered
from chatbot.evaluation.dataset import Source, read_dataset
from chatbot.evaluation.metric import metrics_of
from chatbot.evaluation.probe import probe
from chatbot.evaluation.records import Item
from chatbot.evaluation.run import Asked, Bench, run
from chatbot.evaluation.scored import marked
from chatbot.wire_names import wire_name

Start = Callable[..., ChatServer]

WEATHER = {
    "name": "weather.get",
    "description": "The weather.",
    "parameters": {"type": "dict", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
ROW = {
    "id": "1",
    "question": "Rain in Oslo?",
    "function": [WEATHER],
    "ground_truth": [{"weather.get": {"city": ["Oslo"]}}],
}
NONE = {"id": "2", "question": "Hello!", "function": [WEATHER], "ground_truth": None}

PROMPT = """\
---
name: {name}
inputs: [{{name: question, kind: string, required: true}}{more}]
---
user:
{{{{ question }}}}
"""
SHOWS = ", {name: function, kind: array, required: true}"

IN_PROTOCOL = calls(call(0, '{"city": "Oslo"}', id="c1", name="weather_get"))
IN_TEXT = says('<tool_call>{"name": "weather.get", "arguments": {"city": "Oslo"}}</tool_call>')


def chosen(
    folder: Path, server: ChatServer, *scenes: Scene, shows: bool = False, rows: Sequence[object] = (ROW,)
) -> list[tuple[Asked, float | str]]:
    """What came of asking, each with its score."""
    server.scenes[:] = scenes
    made = suite(folder, server, shows=shows, rows=rows)
    record = asyncio.run(run(made))
    return [
        (came, score.status if score.value is None else score.value)
        for came, (score,) in marked(made, record.id, metrics_of(made))
    ]


def suite(folder: Path, server: ChatServer, *, shows: bool, rows: Sequence[object]) -> Bench:
    (folder / "ask.prompty").write_text(PROMPT.format(name="ask", more=SHOWS if shows else ""), encoding="utf-8")
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "suite.yaml").write_text(
        "dataset: {path: items.jsonl}\nprompts: [ask.prompty]\n"
        f'models: ["{server.url}#m"]\nscorers: [{{kind: tool_call}}]\nconcurrency: 1\n',
        encoding="utf-8",
    )
    return bench_of(folder / "suite.yaml")


@pytest.mark.parametrize(("scene", "shows"), [(IN_PROTOCOL, False), (IN_TEXT, False), (IN_TEXT, True)])
def test_the_calls_of_a_reply_are_kept_and_not_run(
    tmp_path: Path, chat_server: Start, scene: Scene, shows: bool
) -> None:
    server = chat_server(scene)
    ((came, score),) = chosen(tmp_path, server, scene, shows=shows)
    assert score == 1
    (use,) = came.response.tool_uses
    assert (use.call.name.replace("_", "."), json.loads(use.call.arguments)) == ("weather.get", {"city": "Oslo"})
    assert (use.result.text, use.result.attempts) == ("", 0)
    assert (len(server.requests), came.response.usage.calls) == (1, 1)
    assert ("tools" in server.bodies[0]) == (not shows)


def test_no_call_may_be_the_right_answer(tmp_path: Path, chat_server: Start) -> None:
    found = chosen(tmp_path, chat_server(says("Hi.")), says("Hi."), rows=(NONE,))
    assert [(came.response.tool_uses, score) for came, score in found] == [((), 1)]


def test_all_calls_of_a_reply_count_also_those_of_no_function_that_is_offered(
    tmp_path: Path, chat_server: Start
) -> None:
    both = calls(call(0, '{"city": "Oslo"}', id="a", name="weather_get"), call(1, "{}", id="b", name="nothing"))
    ((came, score),) = chosen(tmp_path, chat_server(both), both)
    assert [use.call.name for use in came.response.tool_uses] == ["weather_get", "nothing"]
    assert score == 0


def test_a_model_that_takes_no_tools_is_told_of_them(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("…"))
    refusal = refuses(400, "this model does not support tools")
    ((came, score),) = chosen(tmp_path, server, refusal, IN_TEXT)
    assert score == 1 and came.response.usage.calls == 1
    assert "weather_get" in json.dumps(server.bodies[1]["messages"]) and "tools" not in server.bodies[1]


def test_a_reply_that_is_cut_is_not_judged(tmp_path: Path, chat_server: Start) -> None:
    cut = says('<tool_call>{"name": "weather.get", "arguments": {"city": "Oslo"}}</tool_call>', finish="length")
    for shows in (True, False):
        folder = tmp_path / str(shows)
        folder.mkdir()
        ((came, score),) = chosen(folder, chat_server(cut), cut, shows=shows)
        assert (came.response.tool_uses, score) == ((), "unscored")


def test_what_lists_no_declarations_offers_nothing() -> None:
    for fields in ({}, {"function": "sin"}, {"functions": []}, {"functions": ["sin"]}):
        assert offered(Item("1", fields)) == ()
    assert [tool.name for tool in offered(Item("1", {"functions": [WEATHER]}))] == ["weather.get"]


def test_a_declaration_that_names_nothing_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(
        json.dumps(ROW) + "\n" + json.dumps({"id": "2", "function": [{"parameters": {}}]}), encoding="utf-8"
    )
    with pytest.raises(ProjectError, match=r"items\.jsonl:2: "):
        check_offered(read_dataset(Source(path)).items, path)


def test_a_plan_counts_the_functions_that_are_offered(tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("…"))
    sizes = []
    for functions in ([WEATHER], [WEATHER, {**WEATHER, "name": "weather.set"}]):
        made = suite(tmp_path, server, shows=False, rows=[{**ROW, "function": functions}])
        sizes.append(probe(made.contenders[0], made.dataset.items[0], made).input_tokens)
    assert sizes[1] > sizes[0] + 20 and server.requests == []


@pytest.mark.parametrize("form", ["in text", "as tools"])
@pytest.mark.parametrize("step", [40, pytest.param(1, marks=pytest.mark.slow)])
def test_the_right_calls_of_bfcl_are_right_in_both_forms(
    tmp_path: Path, chat_server: Start, form: str, step: int
) -> None:
    path = Path(__file__).parents[3] / "shared/data/bfcl/items.jsonl"
    if not path.is_file():
        pytest.skip("the data are not here")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()][::step]
    (tmp_path / "items.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    suites = Path(__file__).parents[2] / "eval/suites"
    prompt = "choose_function" if form == "in text" else "offered_functions_in_turns"
    server = chat_server(says("…"))
    (tmp_path / "suite.yaml").write_text(
        "dataset: {path: items.jsonl, rename: {turns: question}}\n"
        f'prompts: ["{suites}/prompts/{prompt}.prompty"]\nstrategies: [zero_shot]\n'
        f'models: ["{server.url}#m"]\nscorers: [{{kind: tool_call}}]\nconcurrency: 1\n',
        encoding="utf-8",
    )
    made = bench_of(tmp_path / "suite.yaml")
    server.scenes[:] = [said(rows[place], form) for place in made.grid.order()]
    record = asyncio.run(run(made))
    right = [score.value == 1 for _, (score,) in marked(made, record.id, metrics_of(made))]
    # two of all items want a table whose parts `truth` leaves out
    assert sum(right) >= 0.995 * len(rows) and len(right) == len(server.requests) == len(rows)


def said(row: Mapping[str, object], form: str) -> Scene:
    """The right calls of an item, as a model makes them."""
    made = truth(row) if row["ground_truth"] else []
    if not made:
        return says("None of these functions fits.")
    if form == "as tools":
        written = [(wire_name(name), json.dumps(given)) for name, given in made]
        return calls(*(call(at, given, id=f"c{at}", name=name) for at, (name, given) in enumerate(written)))
    objects = [json.dumps({"name": name, "arguments": given}) for name, given in made]
    return says("\n".join(f"<tool_call>{each}</tool_call>" for each in objects))
