"""A row takes tokens until its end, its longest, or a stop string; a draw chooses as its decoding says."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from transformers import GenerationConfig, LogitsProcessorList

from chatbot.messages import Finish, TokenScore
from chatbot.models.local.draws import Draw, Row, score
from chatbot.models.local.job import Job, Progress, Stopped, Wrote

END = 5


def decode(ids) -> str:
    return "".join("abcdef"[token] for token in ids)


def job_of(told: list[Progress], *, seeds=(1,), longest: int = 10, stops=(), scores=None) -> Job:
    return Job([0], (), seeds, longest, told.append, frozenset({END}), frozenset(), stops, scores)


def said(tokens, **options) -> tuple[str, Finish | None, int]:
    told: list[Progress] = []
    row = Row(job_of(told, **options), 0, decode, torch.device("cpu"))
    for token in tokens:
        if not row.take(token, torch.zeros(6)):
            break
    text = "".join(each.text for each in told if isinstance(each, Wrote))
    stopped = next((each for each in told if isinstance(each, Stopped)), None)
    return text, stopped and stopped.finish, stopped.tokens if stopped else 0


def test_a_reply_is_complete_at_its_end_token_which_is_no_text() -> None:
    assert said([0, 1, END, 2]) == ("ab", "complete", 3)


def test_a_reply_is_cut_at_its_longest() -> None:
    assert said([0, 1, 2, 3], longest=3) == ("abc", "length", 3)


def test_a_stop_string_completes_a_reply() -> None:
    assert said([0, 1, 2, 3], stops=("bc",)) == ("a", "complete", 3)


def test_a_stop_string_that_comes_with_the_last_token_completes_it_too() -> None:
    assert said([0, 1, 2], stops=("c",), longest=3) == ("ab", "complete", 3)


def test_a_reply_that_goes_on_has_no_finish() -> None:
    assert said([0, 1]) == ("ab", None, 0)


def test_greedy_rows_take_the_likeliest_token() -> None:
    told: list[Progress] = []
    job = job_of(told, seeds=(None, None))
    rows = [Row(job, sample, decode, torch.device("cpu")) for sample in range(2)]
    draw = Draw(rows, torch.tensor([[0]]), LogitsProcessorList(), GenerationConfig(do_sample=False))
    going = draw.step(torch.tensor([[0, 9.0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 9.0]]))
    assert draw.ids.tolist() == [[0, 1], [0, END]]
    assert going == [0]
    draw.select(going)
    assert draw.last.tolist() == [[1]]


def test_a_row_that_nobody_wants_takes_nothing() -> None:
    told: list[Progress] = []
    job = job_of(told)
    draw = Draw(
        [Row(job, 0, decode, torch.device("cpu"))], torch.tensor([[0]]), LogitsProcessorList(), GenerationConfig()
    )
    job.cancelled = True
    assert draw.step(torch.zeros(1, 6)) == []
    assert told == []


def test_processors_do_not_change_what_is_scored() -> None:
    told: list[Progress] = []
    job = job_of(told, scores=1)
    row = Row(job, 0, decode, torch.device("cpu"))

    def only_the_third(ids, scores):
        scores[:] = float("-inf")
        scores[:, 2] = 0
        return scores

    draw = Draw([row], torch.tensor([[0]]), LogitsProcessorList([only_the_third]), GenerationConfig(do_sample=False))
    draw.step(torch.zeros(1, 6))
    assert told == [Wrote(0, "c", told[0].scores)]
    assert told[0].scores[0].logprob == pytest.approx(-1.791759, abs=1e-5)


def test_scores_name_the_likeliest_first() -> None:
    scored = score(1, torch.tensor([1.0, 2.0, 3.0]).log(), 2, decode)
    assert scored == TokenScore("b", pytest.approx(torch.tensor(2 / 6).log().item()), scored.alternatives)
    assert [text for text, _ in scored.alternatives] == ["c", "b"]


def test_no_alternatives_need_not_be_asked_for() -> None:
    assert score(0, torch.zeros(3), 0, decode).alternatives == ()
