"""A run's summary for people: tables that fit 80 columns, and sentences for what they do not say."""

from __future__ import annotations

from dataclasses import replace

from marks import RIGHT, WRONG, cell, grid, layout

from chatbot.evaluation.metric import Metric
from chatbot.evaluation.records import Score
from chatbot.evaluation.summary import Summary, summarise
from chatbot.evaluation.table import Sheet, footnotes, headline, notes, sheets
from chatbot.evaluation.tally import Marked

LONG = "word_problem_8_shot_chain_of_thought · self_consistency over few_shot_cot (samples 40)"


def width(sheet: Sheet) -> int:
    """Of the table, as `Screen.table` prints it."""
    columns = zip(sheet.head, *sheet.rows, strict=True)
    return sum(max(map(len, column)) + 2 for column in columns) - 2


def summary(*marks: str, **more: object) -> Summary:
    return summarise(grid(*marks), replace(layout("abcdefgh"[: len(marks)], len(marks[0])), **more))  # type: ignore[arg-type]


def told(found: Summary) -> str:
    return "\n".join(notes(found))


def test_a_row_says_how_good_a_variant_is_and_how_it_compares() -> None:
    first, other = headline(summary("++--" * 10, "++++" * 9 + "++--")).rows
    assert [part.strip() for part in first] == ["a", "40", "0.500", "0.35–0.65", "", "baseline", "0.25", "20.00"]
    assert [part.strip() for part in other[:6]] == ["b", "40", "0.950", "0.83–0.99", "+0.450", "better"]


def test_every_table_fits_80_columns_whatever_the_names() -> None:
    names = [f"{LONG} {end}" for end in ("one", "two", "three")]
    tags = [(f"a tag that is rather long {item % 3}",) for item in range(40)]
    metrics = [Metric("right", "exact"), Metric(LONG, "python")]
    laid = replace(layout("abc", 40), variants=names, baseline=names[0], tags=tags, metrics=metrics)
    marked = [(came, (*scores, Score("scored", 1234.5))) for came, scores in grid("+-" * 20, "++--" * 10, "-" * 40)]
    found = summarise(marked, laid)
    tables = [headline(found), *sheets(found)]
    assert len(tables) == 4
    assert max(map(width, tables)) <= 80
    ends = [row[0][-5:].strip() for row in headline(found).rows]
    assert ends == [") one", ") two", "three"]


def test_a_variant_with_too_few_whole_replies_has_no_result_and_the_reason() -> None:
    marked = grid("+" * 40, "+-" * 20)
    for at in (40, 41):
        came, _ = marked[at]
        marked[at] = replace(came, response=replace(came.response, finish="length")), (Score("unscored"),)
    found = summarise(marked, layout("ab", 40))
    row = [part.strip() for part in headline(found).rows[1]]
    assert row[2:6] == ["–", "–", "–", "incomplete"]
    assert "b: no result, since 95.0% of its 40 replies are whole and 99% must be (2 length)" in told(found)
    assert "b incomplete: " in told(found) and "what there is comes to 0.500" in told(found)


def test_what_has_no_score_is_told_by_its_kind() -> None:
    found = summary("++-?" * 10 + "!")
    assert "a: 10 no answer, counted as wrong: without them 0.667; 1 error, not counted: as wrong ones 0.488" in told(
        found
    )


def test_what_answers_take_is_told_against_the_baseline() -> None:
    marked = [cell(v, item, RIGHT, seconds=(1 + v) * (1 + item / 100)) for v in (0, 1) for item in range(30)]
    (spending,) = sheets(summarise(marked, layout("ab", 30)))
    assert spending.head[0] == "VARIANT" and "MORE" in [each.strip() for each in spending.head]
    assert [part.strip() for part in spending.rows[1]][:3] == ["b", "12", "+0"]
    assert spending.rows[1][-1].strip() == "2.00 [2.00, 2.00]"


def test_columns_of_which_nothing_is_known_are_left_out() -> None:
    marked = [cell(0, item, RIGHT, usage=cell(0, 0, RIGHT)[0].response.usage.__class__(3, 4)) for item in range(3)]
    (spending,) = sheets(summarise(marked, layout("a", 3)))
    assert [each.strip() for each in spending.head] == ["VARIANT", "TOKENS", "MEDIAN S", "95 % IN"]


def test_tags_that_differ_from_the_baseline_are_marked_and_the_mark_is_explained() -> None:
    tags = [("easy",)] * 20 + [("hard",)] * 20
    found = summary("+" * 20 + "-" * 20, "+" * 40, tags=tags)
    by_tag = sheets(found)[-1]
    assert [[part.strip() for part in row] for row in by_tag.rows] == [
        ["easy", "20", "1.000", "1.000"],
        ["hard", "20", "0.000", "1.000 *"],
    ]
    assert footnotes(found) == ["* differs from the baseline by its own interval: one tag in twenty does so by chance"]
    assert footnotes(summary("+-", "+-")) == []


def test_further_metrics_have_a_table_and_their_number_is_told() -> None:
    metrics = [Metric("right", "exact"), Metric("short", "regex"), Metric("tokens", "tokens")]
    marked: list[Marked] = [
        (came, (*scores, WRONG, Score("scored", 12.0))) for came, scores in grid("++-+" * 8, "+-+-" * 8)
    ]
    found = summarise(marked, replace(layout("ab", 32), metrics=metrics))
    others = sheets(found)[0]
    assert [row[1].strip() for row in others.rows] == ["short", "short"]
    assert "3 metrics were looked at; the verdict is by the first, right" in notes(found)


def test_repeats_and_votes_are_told_in_a_sentence() -> None:
    marked = [
        cell(0, item, RIGHT if (item + r) % 3 else WRONG, r, answer=f"{(item + r) % 3}")
        for item in range(9)
        for r in range(3)
    ]
    assert "a: variance 0.000 between items, 0.333 within; of 3 tries one at least is right for 1.000" in told(
        summarise(marked, layout("a", 9, 3))
    )

    def is_4(item: object, response: object) -> Score:
        return RIGHT if getattr(response, "answer", "") == "4" else WRONG

    voted = [cell(0, item, RIGHT, samples=("4", "4", "5", "4", "6")) for item in range(5)]
    laid = replace(layout("a", 5), metrics=[Metric("right", "exact", (is_4,))])
    assert "a: right by samples voting: 1: 0.600 (2 tokens), 5: 1.000 (12 tokens)" in told(summarise(voted, laid))


def test_names_above_columns_are_told_apart() -> None:
    names = ["word_problem_8_shot_cot", "word_problem_zero_shot_cot"]
    laid = replace(layout("ab", 4), variants=names, baseline=names[0], tags=[("x",)] * 4)
    found = summarise(grid("++--", "+-+-"), laid)
    assert [head.strip() for head in sheets(found)[-1].head] == ["TAG", "N", "…8_shot_cot", "…zero_shot_cot"]
