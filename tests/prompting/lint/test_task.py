"""P1: each rule finds what it is for, and is silent where the prompt is right."""

from __future__ import annotations

import pytest

from .made import File, Lint

LUMP = """system:
First read the text with care and note every person, place and date that it names, in order. Then find out which of
these the text says most about, and count how often each is named. Next compare what it says of them with the list that
the user has sent along. Finally write a report of at most ten lines about what differs and what it may mean for the
reader.
user:
{{ question }}"""

FOUND = {
    "P101": [
        File("system:\nYou are a helpful assistant.\nuser:\n{{ question }}", ["question"]),
        File("{{ question }}", ["question"]),
        File(
            "system:\nYou are a lawyer. You are friendly.\nuser:\nQuestion: {{ question }}\nAnswer:",
            ["question"],
        ),
        File("user:\n<text>\n{{ text }}\n</text>", ["text"]),
    ],
    "P102": [
        File("system:\nYou explain what people ask about physics.\nuser:\n{{ question }}", ["question"]),
        File("user:\nWhat is the mood of this?\n\n<post>\n{{ post }}\n</post>", ["post"]),
        File("system:\nHelp the customer with the problem.\nuser:\n{{ problem }}", ["problem"]),
    ],
    "P103": [
        File("Is this good or bad? {{ x }}", ["x"], ours="answer: {extract: label, labels: [good, bad, mixed]}"),
        File(
            "Judge it: {{ x }}",
            ["x"],
            ours="answer: {extract: label, labels: [fit, unfit]}",
        ),
        File("Solve it in one line: {{ x }}", ["x"], ours='answer: {extract: after, marker: "Result:"}'),
    ],
    "P104": [
        File("system:\nYou explain what people ask about physics.\nuser:\n{{ question }}", ["question"]),
        File("Translate this into German: {{ sentence }}", ["sentence"]),
        File("user:\nWrite a poem about {{ subject }} in the form of a letter to the moon.", ["subject"]),
    ],
    "P105": [
        File(LUMP, ["question"]),
        File(LUMP.replace("First read", "You first read").replace("Finally", "After that"), ["question"]),
        File(LUMP.replace("system:\n", "").replace("user:\n", "\n"), ["question"]),
    ],
}

SILENT = {
    "P101": [
        File("system:\nYou are an assistant that answers questions about shoes.\nuser:\n{{ question }}", ["question"]),
        File("Summarise:\n{{ text }}", ["text"]),
        File("user:\nFasse den Text zusammen.\n\n{{ text }}", ["text"]),
        File("system:\nYou are a helpful assistant.\nuser:\n{{ instructions }}", ["instructions"]),
        File("Q: 2+2\nA: 4\n\nExample: none\nQ: {{ question }}\nA:", ["question"]),
    ],
    "P102": [
        File("system:\nExplain it in two sentences.\nuser:\n{{ question }}", ["question"]),
        File("Erkläre, was der Benutzer wissen will, und nenne dabei alle Quellen.\n{{ question }}", ["question"]),
        File("Help the customer.\n{{ x }}", ["x"], ours="strategy: zero_shot_cot"),
        File("Find the dates in the text.\n{{ x }}", ["x"], "outputs:\n  - {name: dates, kind: array}"),
    ],
    "P103": [
        File("Is this good or bad? {{ x }}", ["x"], ours="answer: {extract: label, labels: [good, bad]}"),
        File("Solve it: {{ x }}", ["x"], ours='strategy: zero_shot_cot\nanswer: {extract: after, marker: "Answer:"}'),
        File('End with a line "Result:". {{ x }}', ["x"], ours='answer: {extract: after, marker: "Result:"}'),
        File("Solve it: {{ x }}", ["x"], ours="answer: {extract: last_number}"),
    ],
    "P104": [
        File("system:\nExplain it in two sentences.\nuser:\n{{ question }}", ["question"]),
        File("system:\nExplain it. If you do not know, say so.\nuser:\n{{ question }}", ["question"]),
        File("system:\nName the capital of France."),
    ],
    "P105": [
        File(LUMP.replace("Then", "\n- Then").replace("Next", "\n- Next"), ["question"]),
        File("system:\nFirst greet. Then ask. Finally thank, in one line.\nuser:\n{{ question }}", ["question"]),
        File(LUMP.replace("Then", "Also").replace("Next", "Also").replace("Finally", "Also"), ["question"]),
    ],
}


@pytest.mark.parametrize(("rule", "file"), [(rule, file) for rule, files in FOUND.items() for file in files])
def test_what_is_missing_from_a_task_is_found(rule: str, file: File, lint: Lint) -> None:
    assert rule in [finding.rule for finding in lint(file)]


@pytest.mark.parametrize(("rule", "file"), [(rule, file) for rule, files in SILENT.items() for file in files])
def test_a_task_that_is_well_put_is_left_alone(rule: str, file: File, lint: Lint) -> None:
    assert rule not in [finding.rule for finding in lint(file)]


def test_the_labels_to_name_stand_in_the_change(lint: Lint) -> None:
    [finding] = [each for each in lint(FOUND["P103"][0]) if each.rule == "P103"]
    assert finding.message == "the text does not name the label 'mixed'"
    assert finding.change.splitlines()[-1] == "Answer with one word alone: good, bad or mixed."
    assert finding.line == 6
