"""Labels of people: read from JSONL, every mistake with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.errors import ChatbotError
from chatbot.evaluation.judging.labels import Label, read_labels
from chatbot.evaluation.records import Item
from chatbot.evaluation.scoring.judged import Scale

ITEMS = [Item("i1", {"question": "1 + 1?"}), Item("i2", {"question": "2 + 2?"})]
VARIANTS = ["direct", "steps"]


def labels(folder: Path, *rows: object, pairs: bool = False, variants: list[str] = VARIANTS) -> list[Label]:
    path = folder / "labels.jsonl"
    path.write_text("\n\n".join(each if isinstance(each, str) else json.dumps(each) for each in rows), "utf-8")
    return read_labels(path, ITEMS, variants, "direct", None if pairs else Scale())


@pytest.mark.parametrize(
    ("label", "verdict"),
    [
        (True, "right"),
        (False, "wrong"),
        ("yes", "right"),
        ("Wrong", "wrong"),
        (4, "right"),
        (3.5, "wrong"),
        ("5", "right"),
    ],
)
def test_a_label_is_true_or_false_or_a_grade(tmp_path: Path, label: object, verdict: str) -> None:
    assert labels(tmp_path, {"item": "i1", "label": label}) == [Label(ITEMS[0], verdict, "direct")]


def test_a_text_that_was_labelled_stands_in_the_row(tmp_path: Path) -> None:
    row = {"item": "i2", "variant": "steps", "repeat": 1, "text": "It is 4.", "label": True}
    assert labels(tmp_path, row) == [Label(ITEMS[1], "right", "steps", 1, "It is 4.")]


def test_a_row_that_waits_for_its_label_is_passed_over(tmp_path: Path) -> None:
    assert labels(tmp_path, {"item": "i1", "label": None, "question": "1 + 1?"}, {"item": "i2"}) == []


def test_of_a_pair_the_only_other_variant_is_meant(tmp_path: Path) -> None:
    assert labels(tmp_path, {"item": "i1", "label": "tie"}, pairs=True) == [Label(ITEMS[0], "tie", "steps")]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"item": "i3", "label": True}, "there is no item 'i3' (did you mean"),
        ({"item": "i1", "label": "perhaps"}, "a label is true or false, or a grade from 1 to 5, not 'perhaps'"),
        ({"item": "i1", "label": 0}, "a label is true or false, or a grade from 1 to 5, not 0"),
        ({"item": "i1", "variant": "step", "label": True}, "there is no variant 'step' (did you mean 'steps'?)"),
        ({"item": "i1", "lable": True}, "unknown key 'lable' (did you mean 'label'?)"),
        ({"item": "i1", "label": True, "repeat": "x"}, "repeat must be a whole number, not 'x'"),
        ({"item": "i1", "label": True, "text": 3}, "text must be text, not 3"),
        ("[1]", "a label is an object"),
        ("{", "this is not JSON"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, row: object, said: str) -> None:
    with pytest.raises(ChatbotError) as error:
        labels(tmp_path, {"item": "i1", "label": True}, row)
    assert f"labels.jsonl:3: {said}" in error.value.message


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"label": "better"}, "the label of a pair is variant, baseline or tie, not 'better'"),
        ({"label": "tie", "variant": "direct"}, "the baseline is not compared with itself"),
        ({"label": "tie", "text": "4"}, "a pair has both `text` and `baseline`, or neither"),
    ],
)
def test_a_mistake_in_a_pair_is_told_with_its_line(tmp_path: Path, row: dict[str, object], said: str) -> None:
    with pytest.raises(ChatbotError, match=r"labels\.jsonl:1: ") as error:
        labels(tmp_path, {"item": "i1", **row}, pairs=True)
    assert said in error.value.message


def test_a_pair_of_many_variants_needs_one(tmp_path: Path) -> None:
    with pytest.raises(ChatbotError, match=r"a pair needs a variant, one of direct, steps, third"):
        labels(tmp_path, {"item": "i1", "label": "tie"}, pairs=True, variants=[*VARIANTS, "third"])


def test_a_file_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    labels(tmp_path)
    with pytest.raises(ChatbotError, match="there are no labels at") as error:
        read_labels(tmp_path / "label.jsonl", ITEMS, VARIANTS, "direct", Scale())
    assert "labels.jsonl" in error.value.hint
