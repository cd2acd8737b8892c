"""Write a draft, criticise it, rewrite it: until there is nothing to criticise."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import ClassVar

from chatbot.effects import Flow
from chatbot.errors import BudgetSpent, UsageError
from chatbot.messages import Message, Reply, Segment, Step, message
from chatbot.prompting.extraction import Extraction
from chatbot.strategies.chain_of_thought import AFTER_MARKER
from chatbot.strategies.structured import Structured
from chatbot.strategies.task import Outcome, Strategy, Task, added
from chatbot.strategies.zero_shot import WHOLE, ZeroShot

STOP = "Nothing to improve."
"""What the feedback says where it is content."""

FEEDBACK = (
    "Do not answer again. Criticise the answer above by the task and by this: {criteria}. List what is wrong or "
    f"missing, each point with what exactly to change. If nothing needs to change, reply with {STOP!r} alone."
)
REFINE = (
    "Write the answer anew, with all of that mended, in the form that the task asks for. Reply with the new answer "
    "alone, and do not mention the criticism."
)
_SENTENCES = re.compile(r"[.!?\n]+")
_WORDS = re.compile(r"[a-z]+")
_CONTENT = re.compile(
    r"(?:there is )?nothing(?: is| needs| that needs)?(?: left| more| else| further)? to (?:be )?(?:improve|change)d?"
)
_DOUBT = re.compile(r"^\s{0,8}(?:[-*•]|\d{1,2}[.)])\s|\b(?:but|however|except|although|though)\b", re.I | re.M)
"""A point of a list, or a word that takes something back."""


@dataclass(frozen=True, slots=True)
class SelfRefine:
    """Feedback and refinement by the same model (Madaan et al. 2023, arXiv 2303.17651).

    over: what writes the draft.
    rounds: most rewritings. The paper goes up to 4 and finds most of the gain in the first two.
    criteria: what the feedback looks at. The more exactly it says what makes an answer good, the more it finds.

    It helps where a reader can tell what is wrong with a text. Reasoning it often makes worse, since nothing from
    outside says that an answer is wrong (Huang et al. 2023, arXiv 2310.01798).
    """

    name: ClassVar[str] = "self_refine"
    branches: ClassVar[bool] = False
    over: Strategy = field(default_factory=ZeroShot)
    rounds: int = 2
    criteria: str = "is it correct, complete, clear, and in the form that was asked for"

    def __post_init__(self) -> None:
        if isinstance(self.over, Structured):
            hint = "use structured alone, whose repairs know the schema"
            raise UsageError("self_refine cannot rewrite what must satisfy a schema", hint=hint)
        if self.rounds < 1 or not self.criteria.strip():
            raise UsageError(
                f"self_refine cannot rewrite {self.rounds} times by {self.criteria!r}",
                hint="rounds: at least 1; criteria: some text",
            )

    @property
    def demonstrates(self) -> int | None:
        """What the draft does."""
        return self.over.demonstrates

    def __call__(self, task: Task) -> Flow[Outcome]:
        """The draft's requests, and two for each round. A draft that was cut or declined is returned as it is.

        Tools are the draft's: a rewriting cannot have effects that no user asked for.
        """
        given = task.as_step(task.request.sample)
        offered = () if self.over.branches else task.request.tools
        draft = yield from self.over(given.asking(replace(given.request, tools=offered)))
        if draft.finish != "complete" or draft.declined or not draft.text.strip():
            return draft
        work = _Work(task, _reads(task, draft), draft.text, draft.answer, [replace(draft.trace, kind="draft")])
        limit = draft.limit
        try:
            yield from self._refine(work, draft)
        except BudgetSpent as error:
            limit = error.message
        trace = Step(self.name, work.text, work.answer, note=limit, steps=tuple(work.steps))
        return Outcome(work.text, work.answer, trace, draft.uses, limit=limit)

    def _refine(self, work: _Work, draft: Outcome) -> Flow[None]:
        """The rounds. All that was said so far goes along, so that no fault is made twice."""
        wish = Segment(FEEDBACK.format(criteria=self.criteria), "author")
        request = replace(work.task.request, purpose="step", tools=())
        request = added(request, message("assistant", draft.text, "model"), Message("user", (*_evidence(draft), wish)))
        for _ in range(self.rounds):
            feedback: Reply = yield request
            work.steps.append(Step("feedback", feedback.text))
            if is_content(feedback.text):
                return
            request = added(request, message("assistant", feedback.text, "model"), message("user", REFINE, "author"))
            refined: Reply = yield request
            if not work.take(refined):
                return
            request = added(request, message("assistant", refined.text, "model"), Message("user", (wish,)))


@dataclass(slots=True)
class _Work:
    """The best answer so far, which is the last whole one, and how it came about."""

    task: Task
    reads: Extraction
    text: str
    answer: str | None
    steps: list[Step]

    def take(self, refined: Reply) -> bool:
        """Takes a rewriting for better, where it is whole. Whether another may still change something."""
        answer = self.reads.of(refined.text)
        lost = answer is None and self.answer is not None
        if refined.finish != "complete" or not refined.text.strip() or lost:
            why = refined.finish if refined.finish != "complete" else "it holds no answer"
            self.steps.append(Step("refinement", refined.text, answer, note=f"left aside: {why}"))
            return False
        self.steps.append(Step("refinement", refined.text, answer))
        changed = (answer or refined.text.strip()) != (self.answer or self.text.strip())
        self.text, self.answer = refined.text, answer
        return changed


def is_content(feedback: str) -> bool:
    """Whether it says that nothing is left to improve, or says nothing at all."""
    said = feedback.rpartition("</think>")[2]
    sentences = [" ".join(_WORDS.findall(each)) for each in _SENTENCES.split(said.lower())]
    told = list(filter(None, sentences))
    return not told or (any(_CONTENT.fullmatch(each) for each in (told[0], told[-1])) and not _DOUBT.search(said))


def _reads(task: Task, draft: Outcome) -> Extraction:
    """How the draft's strategy read its answer, so that the answers of its rewritings can be compared with it."""
    if task.answer:
        return task.answer
    return WHOLE if WHOLE.of(draft.text) == draft.answer else AFTER_MARKER


def _evidence(draft: Outcome) -> list[Segment]:
    """What tools found for the draft: the criticism cannot check it without."""
    found = [
        part
        for use in draft.uses
        for part in (
            Segment(f"{use.call.name} {use.call.arguments}", "model"),
            Segment(":\n", "author"),
            Segment(use.result.text, "tool"),
            Segment("\n\n", "author"),
        )
    ]
    return [Segment("Results of tools on which the answer rests:\n\n", "author"), *found] if found else []
