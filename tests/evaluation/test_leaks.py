"""What a prompt gives away of the items is told: in its text, and among its demonstrations."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from benches import bench
from chat_server import ChatServer, says

from chatbot.evaluation.leaks import COMPARED, Leak, leaks
from chatbot.evaluation.run import Bench
from chatbot.prompting import Prompt
from chatbot.strategies import get

Start = Callable[..., ChatServer]

STORY = "Ann has {} apples and gives three of them to her brother. How many are left?"

POOLED = """\
---
name: pooled
metadata: {chatbot: {strategy: few_shot, examples: {from: pool.jsonl}}}
inputs: [{name: question, kind: string, required: true}]
---
user:
{{ question }}
"""


def asking(made: Bench, *questions: str) -> Bench:
    items = [
        replace(made.dataset.items[at], fields={"question": each, "answer": "1"}) for at, each in enumerate(questions)
    ]
    return replace(made, dataset=replace(made.dataset, items=tuple(items)))


def test_an_item_in_the_text_of_a_prompt_is_told(tmp_path: Path, chat_server: Start) -> None:
    made = bench(tmp_path, chat_server(says("4")), items=3)
    path = tmp_path / "direct.prompty"
    shown = f"Answer. An example: {STORY.format(7).upper()} Four."
    path.write_text(path.read_text(encoding="utf-8").replace("Answer.", shown), encoding="utf-8")
    contenders = [replace(made.contenders[0], prompt=Prompt.load(path)), made.contenders[1]]
    made = asking(replace(made, contenders=contenders), STORY.format(5), STORY.format(7), "7 + 7?")
    assert leaks(made) == [Leak("direct", "prompt", ("i1",))]
    assert str(leaks(made)[0]).startswith("direct: 1 item (i1) of the dataset in the text of the prompt")


@pytest.mark.parametrize("rows", [1, COMPARED])
def test_an_item_among_the_demonstrations_is_told(tmp_path: Path, chat_server: Start, rows: int) -> None:
    made = bench(tmp_path, chat_server(says("4")), items=2)
    (tmp_path / "pooled.prompty").write_text(POOLED, encoding="utf-8")
    pool = [{"question": STORY.format(7), "answer": "4"}, {"question": "What is 1 + 1?", "answer": "2"}]
    if rows > 1:
        pool += [{"question": f"{n}?", "answer": "1"} for n in range(2, COMPARED // 2 + 2)]
    (tmp_path / "pool.jsonl").write_text("\n".join(map(json.dumps, pool)), encoding="utf-8")
    prompt = Prompt.load(tmp_path / "pooled.prompty")
    pooled = replace(made.contenders[0], prompt=prompt, strategy=get("few_shot"))
    made = asking(replace(made, contenders=[pooled]), STORY.format(7), STORY.format(9))
    assert leaks(made) == [Leak("direct", "pool", ("i0",))]
    asked = replace(made, contenders=[replace(pooled, strategy=get("zero_shot"))])
    assert leaks(asked) == [], "where no demonstrations are shown there is nothing to give away"
