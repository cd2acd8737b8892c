"""How thoughts are asked for and read: from a task and the thoughts so far, in our words or in those of a prompt file.

What the model thought before goes back to it as the model's text, between the words of the author; the question keeps
its message, or with a prompt file its origin. No thought can so become an instruction of the author's or the user's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatbot.effects import Generate
from chatbot.errors import UsageError
from chatbot.messages import Message, Origin, Segment
from chatbot.prompting import Prompt
from chatbot.prompting.extraction import Extraction
from chatbot.sampling import Sampling
from chatbot.strategies.chain_of_thought import AFTER_MARKER, MARKER
from chatbot.strategies.search_tree import State
from chatbot.strategies.task import ending

INPUTS = ("question", "thoughts", "latest", "count")
"""What a prompt for thoughts or judgements may declare: the text of the task's last message, the thoughts so far
(numbered, a line each), the latest of them alone, and how many of something are asked for."""

PROPOSE = f"""

List {{count}} different next steps, each of which leads a bit further towards the answer from here. Reply with a \
numbered list and nothing else, one step to a line. A step that completes the work ends with the word {MARKER!r} and \
the answer."""

SAMPLE = f"""

Reply with the next step alone, which leads a bit further towards the answer from here. If it completes the work, end \
it with the word {MARKER!r} and the answer."""

CONCLUDE = "\n\nGive the answer to which these steps lead."


@dataclass(frozen=True, slots=True)
class Asking:
    """How something is asked about states of a task."""

    request: Generate
    """The task's own."""
    temperature: float
    """What makes replies differ; a prompt file's own goes first."""
    wish: str
    """What is wanted, behind question and thoughts; `{count}` in it is replaced."""
    prompt: Prompt | None = None
    """What asks instead of question and wish."""

    def about(self, state: State, *, count: int = 1) -> Generate:
        """The request about a state."""
        return self.over(listed(state), latest=state[-1] if state else "", count=count)

    def over(self, thoughts: Sequence[Segment], *, latest: str = "", count: int = 1) -> Generate:
        """The request about thoughts that are written out already."""
        if self.prompt is None:
            return self._drawn(ending(with_thoughts(self.request, thoughts), self.wish.format(count=count)))
        given = {
            "question": _question(self.request.messages[-1]),
            "thoughts": Segment("".join(part.text for part in thoughts).strip("\n"), "model"),
            "latest": Segment(latest, "model"),
            "count": count,
        }
        rendered = self.prompt.render(**{name: given[name] for name in self.prompt.inputs if name in given})
        return self._drawn(Generate(tuple(rendered), sample=self.request.sample))

    def _drawn(self, request: Generate) -> Generate:
        """As a step: without tools, which may have effects, and without a form that only the answer has."""
        sampling = self.request.sampling.overridden(Sampling(temperature=self.temperature))
        sampling = replace(sampling, regex=None, choices=())
        if self.prompt:
            sampling = sampling.overridden(self.prompt.sampling)
        return replace(request, purpose="step", tools=(), schema=None, samples=1, sampling=sampling)


def check_prompt(prompt: Prompt | None, option: str) -> None:
    """Raises UsageError for a prompt that does not look at the thoughts, or needs what nobody gives it."""
    if prompt is None:
        return
    if not {"thoughts", "latest"} & prompt.inputs.keys():
        raise UsageError(f"{option}: prompt {prompt.name!r} has neither an input `thoughts` nor `latest`")
    strange = [name for name, declared in prompt.inputs.items() if declared.required and name not in INPUTS]
    if strange:
        raise UsageError(
            f"{option}: prompt {prompt.name!r} needs {', '.join(strange)}", hint=f"it is given {', '.join(INPUTS)}"
        )


def with_thoughts(request: Generate, thoughts: Sequence[Segment]) -> Generate:
    """The request with thoughts behind the question; as it is where there are none."""
    if not thoughts:
        return request
    *before, last = request.messages
    parts = (*last.parts, Segment("\n\n<steps>\n", "author"), *thoughts, Segment("</steps>", "author"))
    return replace(request, messages=(*before, replace(last, parts=parts)))


def listed(state: State) -> list[Segment]:
    """The thoughts of a state, numbered, a line each."""
    return [
        part
        for number, thought in enumerate(state, 1)
        for part in (Segment(f"{number}. ", "author"), Segment(thought, "model"), Segment("\n", "author"))
    ]


_MARK = re.compile(r"^([ \t]*)(?:(\d{1,3}[.)])|([-*•]))[ \t]+(?=\S)", re.MULTILINE)


def read_list(text: str) -> list[str]:
    """The items of a list, without their numbers; of a text that is none, its lines.

    The first mark sets the form: what is marked otherwise or stands further in belongs to the item before it. What
    stands before the list, and behind an empty line after it, is none of its items.
    """
    marks = list(_MARK.finditer(text))
    if not marks:
        return [line.strip() for line in text.splitlines() if line.strip()]
    first = marks[0]
    own = [mark for mark in marks if bool(mark[2]) == bool(first[2]) and len(mark[1]) <= len(first[1])]
    ends = [*(mark.start() for mark in own[1:]), len(text)]
    items = (re.split(r"\n[ \t]*\n", text[mark.end() : end])[0] for mark, end in zip(own, ends, strict=True))
    return [item.strip() for item in items if item.strip()]


def read_answer(thought: str, answer: Extraction | None) -> str | None:
    """The answer that a thought states in so many words; a number or a name in it is none yet."""
    wanted = answer or AFTER_MARKER
    marker = str(wanted.options.get("marker", MARKER)) if wanted.kind not in ("regex", "fenced_block") else ""
    return wanted.of(thought) if marker.casefold() in thought.casefold() else None


def _question(message: Message) -> Segment:
    """A message's text, of the least trusted origin that wrote in it."""
    order: tuple[Origin, ...] = ("document", "tool", "model", "user", "author")
    return Segment(message.text, next((origin for origin in order if origin in message.origins), "user"))
