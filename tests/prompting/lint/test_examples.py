"""P4: what examples show by accident is found, and examples that are right are left alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from .made import File, Lint, Row

SHOWN = "examples: {from: pool.jsonl, k: 20, select: first}\nstrategy: few_shot"


def rows(*answers: str, **more: Sequence[str]) -> list[Row]:
    """Rows of a pool, whose questions are as good as any."""
    return [
        {"question": f"Question number {number}?", "answer": answer, **{key: more[key][number] for key in more}}
        for number, answer in enumerate(answers)
    ]


def pooled(*answers: str, **more: Sequence[str]) -> File:
    pool = rows(*answers, **more)
    return File("Answer.\nuser:\n{{ question }}", ["question"], ours=SHOWN, pool=pool)


def written(*pairs: tuple[str, str], ours: str = "") -> File:
    turns = "".join(f"user:\n{question}\nassistant:\n{answer}\n" for question, answer in pairs)
    return File(f"system:\nAnswer.\n{turns}user:\n{{{{ question }}}}", ["question"], ours=ours)


def with_test(question: str) -> str:
    return f'tests:\n  - inputs: {{question: "{question}"}}\n    assert: [{{kind: answered}}]'


LABELLED = "Answer.\n\nQ: 1+1\nA: 2\n\n{labels[0]}: 2+2\n{labels[1]}: 4\n\nQ: {{{{ question }}}}\nA:"

FOUND = {
    "P401": [
        File(LABELLED.format(labels=["Q", "Answer"]), ["question"]),
        File(LABELLED.format(labels=["q", "a"]), ["question"]),
        File("Text: fine\nMood: good\n\nText: bad\nmood: bad\n\nText: {{ x }}\nMood:", ["x"]),
    ],
    "P402": [
        pooled('{"a": 1}', '{"a": 2}', '{"a": 3}', '{"b": 4}'),
        pooled('{"a": 1}', '{"a": 2}', '{"a": 3}', "four"),
        pooled("1", "2", "3", rationale=["Because.", "Because.", ""]),
        written(*[(f"q{n}", f'{{"a": {n}}}') for n in range(3)], ("q4", '{"a": 1, "b": 2}')),
    ],
    "P403": [
        pooled("It is red.", "It is blue.", "It is green.", "It is black"),
        pooled("positive", "negative", "Positive", "positive"),
        written(("a", "yes"), ("b", "no"), ("c", "yes"), ("d", "No")),
    ],
    "P404": [
        pooled("short", "short too", "shorter", "long " * 80),
        pooled("1", "2", "3", "4", "5", "x" * 301),
        written(("a", "yes"), ("b", "no"), ("c", "yes"), ("d", "no, " * 100)),
    ],
    "P405": [
        written(("Is 7 prime? Answer: yes", "yes"), ("b", "no")),
        File("{{ question }}", ["question"], ours=SHOWN, pool=[{"question": "Nice! (label: good)", "answer": "good"}]),
        File("{{ question }}", ["question"], ours=SHOWN, pool=[{"question": "Bad.\nSentiment=bad", "answer": "bad"}]),
    ],
    "P406": [
        written(("What is the capital of Peru?", "Lima"), ours=with_test("What is the capital of Peru?")),
        written(("Tell me: what is the capital of Peru?", "Lima"), ours=with_test("what is the capital of Peru")),
        File(
            "Q: What is two and two?\nA: 4\n\nQ: {{ question }}\nA:",
            ["question"],
            ours=with_test("What is two and two?"),
        ),
    ],
    "P407": [
        pooled("good", "good", "good", "bad", "bad", "bad"),
        pooled("good", "bad", "good", "bad", "good", "bad"),
        written(("1", "a"), ("2", "a"), ("3", "b"), ("4", "b")),
    ],
    "P408": [
        pooled("good", "good", "good", "good", "bad"),
        pooled("no", "no", "yes", "no", "no", "no", "no"),
        written(("1", "a"), ("2", "a"), ("3", "b"), ("4", "a"), ("5", "a")),
    ],
    "P409": [
        File("Answer it in a line: {{ question }}\nAnswer: ", ["question"]),
        File("{{ question }}", ["question"], ours='answer: {extract: after, marker: "Answer: "}'),
        pooled("good", " bad"),
    ],
}

SILENT = {
    "P401": [
        File(LABELLED.format(labels=["Q", "A"]), ["question"]),
        File("Name: Ada\nBorn: 1815\n\nRole: engineer\nTone: dry\n\n{{ question }}", ["question"]),
        written(("a", "b"), ("c", "d")),
    ],
    "P402": [
        pooled('{"a": 1}', '{"a": 2}', '{"a": 3}', '{"a": 4}'),
        pooled("1", "2", "3", "4", rationale=["Because."] * 4),
        pooled("one", "two", "three", "four"),
    ],
    "P403": [
        pooled("It is red.", "Is it blue?", "It is green!", "It is “black.”"),
        pooled("positive", "negative", "neutral", "positive"),
        pooled("It is red.", "blue", "It is green.", "black"),
    ],
    "P404": [
        pooled("short", "short too", "shorter", "of some length " * 4),
        pooled(*["long " * 80] * 4),
        pooled("a", "x" * 400),
    ],
    "P405": [
        written(("Is 7 prime?", "yes"), ("Is the answer 8?", "no")),
        pooled("good", "bad"),
        File("{{ question }}", ["question"], ours=SHOWN, pool=[{"question": "Nice! label: goods", "answer": "good"}]),
    ],
    "P406": [
        written(("What is the capital of Peru?", "Lima"), ours=with_test("What is the capital of Chile?")),
        written(("2+2", "4"), ours=with_test("2+2")),
        written(("What is the capital of Peru?", "Lima")),
    ],
    "P407": [
        pooled("good", "bad", "bad", "good", "bad", "good"),
        pooled("Lima", "Oslo", "Rome", "Bern"),
        File("{{ question }}", ["question"], ours=SHOWN.replace("first", "balanced"), pool=rows("a", "a", "b", "b")),
    ],
    "P408": [
        pooled("good", "good", "bad", "good", "bad"),
        pooled("one", "two", "three", "four", "five"),
        pooled("good", "good", "good", "good", "good"),
    ],
    "P409": [
        File("Answer it in a line: {{ question }}\nAnswer:", ["question"]),
        File("Answer it in a line: \n{{ question }}\n", ["question"]),
        pooled("good", "bad"),
    ],
}


@pytest.mark.parametrize(("rule", "file"), [(rule, file) for rule, files in FOUND.items() for file in files])
def test_what_examples_show_by_accident_is_found(rule: str, file: File, lint: Lint) -> None:
    assert rule in [finding.rule for finding in lint(file)]


@pytest.mark.parametrize(("rule", "file"), [(rule, file) for rule, files in SILENT.items() for file in files])
def test_examples_of_one_form_are_left_alone(rule: str, file: File, lint: Lint) -> None:
    assert rule not in [finding.rule for finding in lint(file)]


def test_a_finding_in_a_pool_names_the_pools_file_and_line(lint: Lint) -> None:
    [finding] = [each for each in lint(FOUND["P402"][0]) if each.rule == "P402"]
    assert (finding.path.name, finding.line) == ("pool.jsonl", 4)
    assert finding.change == 'write it with the same keys:\n{"a"}'


def test_all_odd_rows_are_told_at_once(lint: Lint) -> None:
    answers = [f"It is {number}." for number in range(9)] + ["ten", "eleven"]
    [finding] = [each for each in lint(pooled(*answers)) if each.rule == "P403"]
    assert (finding.line, finding.message) == (
        10,
        "this answer ends without a full stop, and most end in a full stop (also line 11)",
    )
