r"""Thought, action, action input: the text in which a model without tool calls says what it wants done.

In: what a model wrote, which is rarely just what was asked for. Out: the thought, and the first action or the final
answer, whichever comes first. What follows an action is cut off: the model made it up. Never raises, whatever the text,
and takes time linear in its length. Which tools there are, and whether the input suits one, is not known here.

    Thought: I need the year.          Thought 1: I need the year.       ```json
    Action: search                     Action 1: Search[Apollo 11]       {"action": "search", "action_input": "Apollo"}
    Action Input: {"query": "Apollo"}                                    ```
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from chatbot.effects import Generate
from chatbot.strategies.task import ending
from chatbot.strategies.tool_input import FENCE, dumped, leading_object, unfenced

STOP = "\nObservation:"
"""Where a model must stop: what follows is not its to say."""

MOST_STOPS = 4
"""Stop sequences that the chat-completions protocol allows."""

WISH = """

You can use these tools:

{tools}

Work in steps. In a step write one thought and one action, and then stop:

Thought: what you know and what you still need
Action: the name of one tool ({names})
Action Input: a JSON object, as the tool's schema says

You then get its result as an Observation; never write one yourself. When you know the answer, write instead:

Thought: how you know it
Final Answer: the answer"""

_LABEL = re.compile(
    r"(?:^|(?<=[.!?\])}\"'`]))[ \t]{0,8}[-*>#_`]{0,4}[ \t]?"
    r"(?:(thought|observation|action|final[ _]answer|answer|(?:action[ _])?(?:input|arguments))"
    r"[ \t]?\d{0,3}[ \t]?[*_`]{0,3}[ \t]?[:：][*_`]{0,3}|<(tool_call)>)|([()\[\]{}\n])",
    re.IGNORECASE | re.MULTILINE,
)
"""A label at the beginning of a line or behind the end of a sentence, or what tells whether that is in brackets."""
_NAME = re.compile(r"[\s\"'`*_<\[]{0,4}([A-Za-z0-9_][\w.-]{0,63})[\"'`*_>\]]{0,4}[ \t]*")
_BRACKETS = {"[": "]", "(": ")"}
LONGEST_NAME = 80
"""Characters of what stands in the place of a tool's name that are told back where it is none."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote."""

    thought: str
    action: str = ""
    """Name of a tool, as it stands there; empty where no action was asked for."""
    argument: str = ""
    """What the tool is given, as it stands there."""
    final: str | None = None
    """The answer; None where there is none yet."""
    kept: str = ""
    """The text up to the end of the action, as it goes back to the model."""


def asking(request: Generate) -> Generate:
    """The request, with its tools and how to call them in words."""
    tools = [f"- {each.name}: {each.description}\n  schema: {dumped(dict(each.parameters))}" for each in request.tools]
    asked = ending(request, WISH.format(tools="\n".join(tools), names=", ".join(each.name for each in request.tools)))
    stop = request.sampling.stop
    stop = stop if STOP in stop or len(stop) >= MOST_STOPS else (*stop, STOP)
    return replace(asked, purpose="step", tools=(), sampling=replace(request.sampling, stop=stop))


def read(text: str) -> Written:
    """The first action or the final answer in a reply. A reply without any label is an answer as a whole."""
    said = _own(text)
    sections = list(_sections(said))
    decides = any(each.kind in ("action", "final") for each in sections)
    thoughts = [said[: sections[0].at if sections else 0].strip()]
    for number, each in enumerate(sections):
        if each.kind == "thought":
            thoughts.append(each.body.strip())
        elif each.kind == "action":
            following = sections[number + 1] if number + 1 < len(sections) else None
            given = following if following and following.kind == "input" else None
            return _action(each.body, given.body if given else "", _joined(thoughts), said[: (given or each).end])
        elif each.kind == "final" or (each.kind == "answer" and not decides):
            return Written(_joined(thoughts), final=_final(said, sections[number:]), kept=said.strip())
    if not sections and (named := _named_in_json(said, whole=True)):
        return Written("", *named, kept=said.strip())
    return Written(_joined(thoughts), final=None if sections else said.strip() or None, kept=said.strip())


@dataclass(frozen=True, slots=True)
class _Section:
    kind: str
    body: str
    at: int
    """Where its label begins."""
    start: int
    """Where its body begins."""
    end: int


def _sections(text: str) -> Iterator[_Section]:
    """The labelled parts of a text."""
    labels = list(_labels(text))
    for label, following in zip(labels, [*labels[1:], None], strict=False):
        kind = _kind(label)
        end = following.start() if following else len(text)
        yield _Section(kind, text[label.end() : end], label.start(), label.end(), end)


def _kind(label: re.Match[str]) -> str:
    """thought, action, input, observation, answer or final."""
    word = "action" if label[2] else label[1].lower()
    return "final" if word.startswith("final") else "input" if word.endswith(("input", "arguments")) else word


def _labels(text: str) -> Iterator[re.Match[str]]:
    """The labels of a text, without those in brackets that open on the same line: they are a part of a value."""
    depth = 0
    for found in _LABEL.finditer(text):
        if mark := found[3]:
            depth = 0 if mark == "\n" else max(0, depth + (1 if mark in "([{" else -1))
        elif depth == 0:
            yield found


def _final(text: str, sections: list[_Section]) -> str:
    """What follows the label, further labels included, up to a thought or an observation."""
    end = next((each.at for each in sections[1:] if each.kind == "thought"), sections[-1].end)
    lines = text[sections[0].start : end].strip().splitlines()
    fences = [line for line in lines if FENCE.fullmatch(line)]
    if len(fences) % 2 and lines[-1] == fences[-1]:
        lines.pop()  # the end of a fence around the whole reply
    return "\n".join(lines).strip()


def _action(body: str, given: str, thought: str, kept: str) -> Written:
    """An action, in one of the forms in which models write it."""
    kept, given = kept.strip(), unfenced(given)
    if named := _named_in_json(body):
        return Written(thought, *named, kept=kept)
    body = unfenced(body)
    line, _, below = body.partition("\n")
    found = _NAME.match(line)
    if found is None:
        return Written(thought, line.strip()[:LONGEST_NAME], given, kept=kept)
    name, rest = found[1].rstrip("."), body[found.end() :].strip()
    if rest[:1] in ("[", "("):
        return Written(thought, name, _bracketed(rest) or given, kept=kept)
    if not line[found.end() :].strip(" ."):
        return Written(thought, name, given or below.strip(), kept=kept)
    if rest[0] in "{\"':" and not given:
        return Written(thought, name, rest.removeprefix(":").strip(), kept=kept)
    return Written(thought, line.strip()[:LONGEST_NAME], given, kept=kept)


def _named_in_json(text: str, *, whole: bool = False) -> tuple[str, str] | None:
    """Name and input of a call that is written as one JSON object; with `whole` only where it holds both."""
    found = leading_object(unfenced(text))
    if found is None:
        return None
    from chatbot.call_text.objects import INPUT_KEYS, shaped

    value = json.loads(found)
    calls = shaped(value)
    if len(calls) != 1 or (whole and not any(key in value for key in INPUT_KEYS)):
        return None
    given = calls[0].arguments
    return calls[0].name, given if isinstance(given, str) else dumped(given)


def _bracketed(text: str) -> str:
    """What stands in the brackets with which a text begins; all of it where they are not closed."""
    opening, closing = text[0], _BRACKETS[text[0]]
    depth = 0
    for mark in re.finditer(re.escape(opening) + "|" + re.escape(closing), text):
        depth += 1 if mark[0] == opening else -1
        if depth == 0:
            return text[1 : mark.start()].strip()
    return text[1:].strip()


def _own(text: str) -> str:
    """What is the model's to say: not its thinking in tags, nor what follows an observation, which it made up."""
    said = text.rpartition("</think>")[2].partition("<think>")[0]
    return said[: next((label.start() for label in _labels(said) if _kind(label) == "observation"), len(said))]


def _joined(thoughts: list[str]) -> str:
    return "\n".join(filter(None, (each.strip("`~ \n") for each in thoughts)))
