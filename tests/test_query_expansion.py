"""More ways to ask: what a model writes is searched for too, and what all the searches find is fused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import Chatbot, Knowledge
from chatbot.effects import Generate
from chatbot.errors import ModelUnreachable
from chatbot.messages import Passage, Reply
from chatbot.models.scripted import Scripted
from chatbot.prompting import Prompt
from chatbot.query_expansion import MOST_QUERIES, fused, other_queries

PROMPTS = Path(__file__).parent.parent / "prompts"
QUERIES = Prompt.load("several_queries", PROMPTS)

RECORDS = [
    {"id": "leave", "text": "Staff may take twenty-five days of annual leave in each calendar year."},
    {"id": "parcels", "text": "Parcels to Norway are delivered within five to eight working days."},
    {"id": "returns", "text": "Goods can be sent back within a month if the tag is on them."},
]


def written(text: str) -> tuple[str, ...]:
    """The queries that come of a reply."""
    flow = other_queries("How much holiday do I get?", QUERIES)
    asked = next(flow)
    assert isinstance(asked, Generate) and asked.purpose == "rewrite"
    with pytest.raises(StopIteration) as done:
        flow.send(Reply(text))
    queries: tuple[str, ...] = done.value.value[0]
    return queries


def test_each_line_of_the_reply_is_a_query() -> None:
    assert written('1. days of annual leave\n\n- "vacation entitlement"\ndays of annual leave\n') == (
        "days of annual leave",
        "vacation entitlement",
    )
    assert written("How much holiday do I get?\n \n") == ()
    assert len(written("\n".join(f"query {letter}" for letter in "abcdefgh"))) == MOST_QUERIES


def test_a_model_that_fails_leaves_the_question_alone() -> None:
    flow = other_queries("Why?", QUERIES)
    next(flow)

    with pytest.raises(StopIteration) as done:
        flow.throw(ModelUnreachable("it is down"))
    assert done.value.value[0] == ()


def passage(source: str, start: int = 0, end: int = 10) -> Passage:
    return Passage("x" * (end - start), start, end, 1, path=source)


def test_what_several_searches_find_comes_before_what_one_finds() -> None:
    a, b, c, d = (passage(name) for name in "abcd")

    found = fused([[a, b], [c, b], [d]], 4)

    assert [each.source for each in found] == ["b", "a", "c", "d"]
    assert found[0].score == 1 > found[1].score


def test_of_passages_that_overlap_the_better_one_stays() -> None:
    small, large, apart = passage("a", 5, 10), passage("a", 0, 8), passage("a", 10, 20)

    assert [each.span for each in fused([[small, apart], [small, large]], 5)] == [small.span, apart.span]


SEARCHES = st.lists(st.lists(st.builds(passage, st.sampled_from("abcdef")), max_size=5, unique_by=lambda p: p.span))


@given(SEARCHES, st.integers(1, 8))
def test_any_searches_are_fused_without_repetition(searches: list[list[Passage]], k: int) -> None:
    found = fused(searches, k)
    spans = [each.span for each in found]

    assert len(set(spans)) == len(spans) == min(k, len({each.span for search in searches for each in search}))
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


def test_a_turn_searches_for_what_the_model_writes(tmp_path: Path) -> None:
    (tmp_path / "chatbot.toml").write_text('query_expansion = "several_queries"\n')
    model = Scripted("days of annual leave\nannual leave of staff", "Twenty-five days [1].")
    knowledge = Knowledge.from_records(RECORDS)
    assert knowledge.search("How much holiday do I get?") == [], "the question shares no word with its answer"
    bot = Chatbot(model, knowledge=knowledge, workspace=tmp_path, durable=False)

    answer = bot.ask("How much holiday do I get?")

    assert [citation.record_id for citation in answer.citations] == ["leave"]
    assert answer.usage.calls == 2


def test_without_the_setting_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "chatbot.toml").write_text("")
    bot = Chatbot(
        Scripted("A month [1]."), knowledge=Knowledge.from_records(RECORDS), workspace=tmp_path, durable=False
    )

    answer = bot.ask("Until when can goods be sent back?")

    assert [citation.record_id for citation in answer.citations] == ["returns"]
    assert answer.usage.calls == 1
