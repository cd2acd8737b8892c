"""P4: what the examples show besides what they are meant to show.

Looked at are the examples written out in the body, its blocks of `Label: text` lines, and the rows of the pool.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median

from chatbot.prompting.lint.finding import Fault, Rule
from chatbot.prompting.lint.subject import Shown, Subject

MOST = 0.75
"""Share of the examples that sets a form: the rest are odd."""
FEWEST = 4
"""Examples from which a form can be told."""
FAR_LONGER = 8
"""Times the median."""
LONG = 300
"""Characters below which no answer counts as long."""
ONE_SIDED = 0.8
"""Share of one label from which a model leans to it."""
TOLD = 5
"""Lines that a message names."""
SAME_TEXT = 15
"""Characters below which two texts may be the same by chance."""

_BLOCK = re.compile(r"(?:^[ \t]*[A-Za-z][\w ]{0,20}:[^\n]*\n?)+", re.MULTILINE)
_LABEL = re.compile(r"^[ \t]*([A-Za-z][\w ]{0,20}):", re.MULTILINE)
_GIVES_ANSWER = r"\b(?:answer|label|class|category|sentiment|solution|output|gold|expected|target)\s*[:=]\s*"


def _labels_differ(subject: Subject) -> Iterator[Fault]:
    for turn in subject.turns:
        if turn.role is None:
            continue
        blocks = [(match.start(), _LABEL.findall(match[0])) for match in _BLOCK.finditer(turn.text)]
        blocks = [(start, labels) for start, labels in blocks if len(labels) > 1]
        if len(blocks) < 2:
            continue
        usual = blocks[0][1]
        for start, labels in blocks[1:]:
            alike = labels[0].casefold() == usual[0].casefold() and len(labels) == len(usual)
            if alike and labels != usual:
                line = turn.line_at(start + len(turn.text[start:]) - len(turn.text[start:].lstrip()))
                message = f"this example is labelled {_named(labels)}, and the first one {_named(usual)}"
                yield Fault(line, message, "use the labels of the first:\n" + "\n".join(f"{name}: …" for name in usual))


def _keys_differ(subject: Subject) -> Iterator[Fault]:
    for examples in (subject.in_body, subject.from_pool):
        message = "this answer is {odd}, and most are {usual}"
        yield from _odd(examples, _keys, message, "write it with the same keys:\n{usual}")
    pool = subject.prompt.pool
    with_reason = [row for row in pool.rows if row.rationale] if pool else []
    if pool and with_reason and len(with_reason) < len(pool.rows):
        without = [row.line for row in pool.rows if not row.rationale]
        message = f"{_lines(without)} without a rationale, and {len(with_reason)} rows have one"
        yield Fault(without[0], message, 'write one for each row:\n"rationale": "…"', pool.path)


def _endings_differ(subject: Subject) -> Iterator[Fault]:
    for examples in (subject.in_body, subject.from_pool):
        change = "end all answers alike: {usual}"
        yield from _odd(examples, _ending, "this answer ends {odd}, and most end {usual}", change)
        yield from _cases_differ(examples)


def _cases_differ(examples: Sequence[Shown]) -> Iterator[Fault]:
    spellings: dict[str, Counter[str]] = {}
    for each in examples:
        spellings.setdefault(each.answer.strip().casefold(), Counter())[each.answer.strip()] += 1
    for each in examples:
        counted = spellings[each.answer.strip().casefold()].most_common()
        if each.answer.strip() != counted[0][0]:
            message = f"the answer {each.answer.strip()!r} is elsewhere written {counted[0][0]!r}"
            yield Fault(each.line, message, f"write it the same way everywhere:\n{counted[0][0]}", each.path)
            return


def _lengths_differ(subject: Subject) -> Iterator[Fault]:
    for examples in (subject.in_body, subject.from_pool):
        if len(examples) < FEWEST:
            continue
        usual = median(len(each.answer) for each in examples)
        longest = max(examples, key=lambda each: len(each.answer))
        if len(longest.answer) > max(LONG, FAR_LONGER * usual):
            message = f"this answer has {len(longest.answer):,} characters; half of them have at most {usual:,.0f}"
            change = f"shorten it to about {usual:,.0f} characters, or take the example away"
            yield Fault(longest.line, message, change, longest.path)


def _answer_in_question(subject: Subject) -> Iterator[Fault]:
    for each in (*subject.in_body, *subject.from_pool):
        answer = each.answer.strip()
        match = re.search(_GIVES_ANSWER + re.escape(answer) + r"(?!\w)", each.given, re.IGNORECASE) if answer else None
        if match:
            message = f"the example's question holds its answer: {match[0]!r}"
            yield Fault(each.line, message, f"take {match[0]!r} out of the question", each.path)


def _tested_item_shown(subject: Subject) -> Iterator[Fault]:
    shown = [_plain(f"{each.given} {each.answer}") for each in subject.in_body]
    shown += [_plain(block[0]) for turn in subject.instructing for block in _BLOCK.finditer(turn.words)]
    for test in subject.prompt.settings.tests:
        for name, value in test.inputs.items():
            text = _plain(value) if isinstance(value, str) else ""
            if len(text) >= SAME_TEXT and any(text in each for each in shown):
                message = f"the test's {name} is one of the examples that the prompt shows"
                yield Fault(test.line, message, f"test with another {name}, or show another example")


def _order_tells(subject: Subject) -> Iterator[Fault]:
    examples = _shown_in_order(subject)
    answers = [each.answer.strip().casefold() for each in examples]
    runs = [len(list(group)) for _, group in groupby(answers)]
    labels = set(answers)
    if len(examples) < FEWEST or not 2 <= len(labels) <= len(examples) // 2:
        return
    if len(runs) == len(labels) and min(runs) > 1:
        message = f"the examples come label by label: {_named(list(dict.fromkeys(answers)))}"
    elif len(labels) == 2 and len(answers) >= 6 and all(left != right for left, right in pairwise(answers)):
        message = f"the labels take turns: {_named(answers[:4])} …"
    else:
        return
    path, settings = examples[0].path, "examples: {…, select: balanced, seed: 7}"
    change = f"let them be drawn by label, with a seed:\n{settings}" if path else "mix the examples"
    yield Fault(examples[0].line, message, change, path)


def _one_label(subject: Subject) -> Iterator[Fault]:
    examples = _shown_in_order(subject)
    counted = Counter(each.answer.strip().casefold() for each in examples).most_common()
    if len(examples) <= FEWEST or counted[0][1] < ONE_SIDED * len(examples) or not 2 <= len(counted) <= FEWEST:
        return
    message = f"{counted[0][1]} of {len(examples)} examples have the answer {counted[0][0]!r}"
    change = "show about as many of each label" + (
        ":\nexamples: {…, select: balanced, seed: 7}" if examples[0].path else ""
    )
    yield Fault(examples[0].line, message, change, examples[0].path)


def _trailing_space(subject: Subject) -> Iterator[Fault]:
    file = subject.prompt.file
    lines = file.body.rstrip("\n").split("\n")
    if lines[-1] != lines[-1].rstrip():
        yield Fault(
            file.body_line + len(lines) - 1, "the prompt ends in a space", f"end it without:\n{lines[-1].rstrip()}"
        )
    for each in (*subject.in_body, *subject.from_pool):
        if each.path and each.answer != each.answer.strip():
            message = f"the answer {each.answer[:40]!r} begins or ends in a space"
            yield Fault(each.line, message, f"write it without:\n{each.answer.strip()}", each.path)
            break
    reads = subject.prompt.settings.answer
    marker = str(reads.options.get("marker", "")) if reads else ""
    if marker != marker.strip():
        line = subject.line_of("metadata", "chatbot", "answer", "marker")
        yield Fault(line, f"the marker {marker!r} ends in a space", f"marker: {json.dumps(marker.strip())}")


def _shown_in_order(subject: Subject) -> Sequence[Shown]:
    """The examples whose order is known: those of the body, or the first of the pool."""
    choice = subject.prompt.settings.examples
    if choice is not None and choice.select == "first" and choice.order != "shuffled":
        return subject.from_pool[: choice.k]
    return subject.in_body


def _odd(examples: Sequence[Shown], trait: Callable[[str], str], message: str, change: str) -> Iterator[Fault]:
    """The first example that differs in a trait that nearly all others share, with the lines of all that do."""
    counted = Counter(trait(each.answer) for each in examples).most_common(1)
    if len(examples) < FEWEST or not counted or counted[0][1] < MOST * len(examples):
        return
    usual = counted[0][0]
    odd = [each for each in examples if trait(each.answer) != usual]
    if odd:
        more = f" (also {_lines([each.line for each in odd[1:]])})" if odd[1:] else ""
        told = message.format(odd=trait(odd[0].answer), usual=usual) + more
        yield Fault(odd[0].line, told, change.format(usual=usual), odd[0].path)


def _keys(answer: str) -> str:
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return "plain text"
    if isinstance(value, dict):
        return "{" + ", ".join(map(json.dumps, sorted(value))) + "}"
    return "a JSON list" if isinstance(value, list) else "plain text"


def _ending(answer: str) -> str:
    return "in a full stop" if re.search(r"[.!?…。！？][\"'”’)\]»]*$", answer.strip()) else "without a full stop"


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _lines(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:TOLD])) + (", …" if len(lines) > TOLD else "")
    return f"line {shown}" if len(lines) == 1 else f"lines {shown}"


def _named(names: Sequence[str]) -> str:
    return ", ".join(names)


RULES = (
    Rule("P401", "A model copies the form of examples; where it varies, so will the answers.", _labels_differ),
    Rule("P402", "A program that reads the answers by key misses those of another form.", _keys_differ),
    Rule("P403", "A model copies how answers end and are spelt; where that varies, so will the answers.",
         _endings_differ),
    Rule("P404", "One long answer makes the model's answers long, and takes the room of several examples.",
         _lengths_differ),
    Rule("P405", "A model learns to copy the answer instead of working it out, and fails where it is not given.",
         _answer_in_question),
    Rule("P406", "A test of what the prompt itself shows passes whatever the prompt is worth.", _tested_item_shown),
    Rule("P407", "Models follow a pattern in the order of labels, and lean to the last one shown.", _order_tells),
    Rule("P408", "Models lean to the label that most examples have.", _one_label),
    Rule("P409", "A word and the space before it are one token: after a space most models go astray.",
         _trailing_space),
)  # fmt: skip
