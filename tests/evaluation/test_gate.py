"""The gate: passes, fails, or says that so few items cannot tell; and never decides on what was not asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sums import SumServer, write_items, write_suite
from test_history import run_of

from chatbot.errors import NotFoundError, ProjectError, UsageError
from chatbot.evaluation.baseline import Baseline, baseline_of
from chatbot.evaluation.gate import Gate, gate, more_items, terms_of, unfit
from chatbot.evaluation.history import open_run
from chatbot.evaluation.statistics.verdict import compare, not_inferior
from chatbot.journal import Journal


@pytest.fixture
def server() -> Iterator[SumServer]:
    with SumServer(direct=range(1, 11)) as server:
        yield server


def blessed_of(path: Path, journal: Journal) -> Baseline:
    record = run_of(path, journal)
    return baseline_of(open_run(record, journal).bench, record)


def gated(path: Path, journal: Journal, blessed: Baseline | None, margin: float | None = None) -> Gate:
    record = run_of(path, journal)
    bench = open_run(record, journal).bench
    return gate(bench, record.id, blessed, terms_of(bench, blessed, margin=margin))


def test_what_is_as_good_as_it_was_passes_and_what_is_not_fails(tmp_path: Path, server: SumServer) -> None:
    journal, path = Journal(None), write_suite(tmp_path, server, items=60, more="margin: 0.1\n")
    blessed = blessed_of(path, journal)
    found = gated(path, journal, blessed)
    assert (found.outcome, [each.outcome for each in found.gated]) == ("pass", ["pass", "pass"])
    server.wrong = {"direct": range(1, 11), "steps": range(1, 31)}
    found = gated(path, journal, blessed)
    assert (found.outcome, [each.outcome for each in found.gated]) == ("fail", ["pass", "fail"])
    assert found.gated[1].newly_wrong == tuple(f"i{n}" for n in range(1, 31))


def test_too_few_items_are_undecided_and_say_how_many_more_would_tell(tmp_path: Path, server: SumServer) -> None:
    journal, path = Journal(None), write_suite(tmp_path, server, items=20)
    blessed = blessed_of(path, journal)
    found = gated(path, journal, blessed)
    assert (found.outcome, found.gated[0].more_items) == ("undecided", 34)
    write_items(tmp_path, range(1, 55))
    same = gated(path, journal, blessed_of(path, journal))
    assert same.outcome == "pass"


def test_without_a_baseline_the_variants_are_held_against_the_suites_own(tmp_path: Path, server: SumServer) -> None:
    journal, path = Journal(None), write_suite(tmp_path, server)
    found = gated(path, journal, None)
    assert ([each.name for each in found.gated], found.outcome, found.baseline) == (["steps"], "pass", "variant direct")


def test_a_model_that_gives_no_answer_is_wrong_and_does_not_pass_by_leaving_items_out(
    tmp_path: Path, server: SumServer
) -> None:
    journal, path = Journal(None), write_suite(tmp_path, server)
    blessed = blessed_of(path, journal)
    server.silent = range(20, 41)
    found = gated(path, journal, blessed)
    assert (found.outcome, found.gated[1].left_out) == ("fail", 0)


def test_errors_are_the_networks_doing_and_decide_nothing(tmp_path: Path, server: SumServer) -> None:
    journal, path = Journal(None), write_suite(tmp_path, server)
    blessed = blessed_of(path, journal)
    server.failing = (1, 2)
    record = run_of(path, journal)
    bench = open_run(record, journal).bench
    found = gate(bench, record.id, blessed, terms_of(bench, blessed, margin=0.5))
    assert found.outcome == "undecided"
    assert found.gated[0].reason == "direct has no score for 2 of 40 items (2 error)"
    assert unfit(bench, record.id) == found.gated[0].reason


def test_items_that_are_new_or_changed_are_left_out_and_counted(tmp_path: Path, server: SumServer) -> None:
    journal, path = Journal(None), write_suite(tmp_path, server)
    blessed = blessed_of(path, journal)
    write_items(tmp_path, range(3, 44))
    items = tmp_path / "items.jsonl"
    items.write_text(items.read_text(encoding="utf-8").replace('"9 + 9?"', '"What is 9 + 9?"'), encoding="utf-8")
    found = gated(path, journal, blessed, margin=0.2)
    assert {each.left_out for each in found.gated} == {4}
    comparison = found.gated[0].comparison
    assert comparison is not None and comparison.difference.n == 37


def test_a_variant_that_was_not_blessed_is_named_and_not_gated(tmp_path: Path, server: SumServer) -> None:
    journal, path = Journal(None), write_suite(tmp_path, server)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(", steps.prompty", ""), encoding="utf-8")
    blessed = blessed_of(path, journal)
    path.write_text(text, encoding="utf-8")
    found = gated(path, journal, blessed, margin=0.3)
    assert ([each.name for each in found.gated], found.not_gated) == (["direct"], ("steps",))


def test_what_cannot_be_gated_is_told_before_anything_is_asked(tmp_path: Path, server: SumServer) -> None:
    journal, path = Journal(None), write_suite(tmp_path, server, more="")
    blessed = blessed_of(path, journal)
    bench = open_run(journal.runs()[0], journal).bench
    with pytest.raises(UsageError, match="a gate needs a margin"):
        terms_of(bench, None)
    with pytest.raises(NotFoundError, match="did you mean 'steps'"):
        terms_of(bench, None, margin=0.1, variants=["stepps"])
    with pytest.raises(UsageError, match="nothing to hold 'direct' against"):
        terms_of(bench, None, margin=0.1, variants=["direct"])
    for old, new, wrong, said in (
        ("kind: answer", "kind: number", ProjectError, "is not the one by which run"),
        ("kind: answer", "kind: tokens", UsageError, "measures what a reply takes"),
    ):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(wrong, match=said):
            terms_of(open_run(journal.runs()[0], journal).bench, blessed, margin=0.1)
        path.write_text(text, encoding="utf-8")


def test_at_the_margin_itself_hardly_anything_passes_and_well_inside_most_does() -> None:
    """400 runs of 300 items, each item lost with 5 % and won with 5 %; then lost with 15 %, which is the margin."""
    rng = np.random.default_rng(5)
    passed = []
    for lost in (0.05, 0.15):
        drawn = rng.random((400, 300))
        then = (drawn < lost) | (drawn > 0.3)
        now = (drawn >= lost) & (drawn < lost + 0.05) | (drawn > 0.3)
        passed.append(sum(not_inferior(compare(*pair), 0.1) is True for pair in zip(now, then, strict=True)))
    assert passed[0] >= 0.95 * 400
    assert passed[1] <= 0.035 * 400


def test_so_many_items_more_do_decide_it() -> None:
    then = np.tile([1.0, 1.0, 0.0, 1.0, 1.0], 12)
    now = then.copy()
    now[0] = 0.0
    comparison = compare(now, then)
    assert not_inferior(comparison, 0.05) is None
    more = more_items(comparison, 0.05)
    assert more is not None
    copies = (60 + more) // 60 + 1
    assert not_inferior(compare(np.tile(now, copies), np.tile(then, copies)), 0.05) is True
    assert not_inferior(compare(np.tile(now, copies // 4), np.tile(then, copies // 4)), 0.05) is None


def test_a_difference_that_is_the_margin_is_decided_by_no_number_of_items() -> None:
    assert more_items(compare([0.0, *[1.0] * 9], [1.0] * 10), 0.1) is None
