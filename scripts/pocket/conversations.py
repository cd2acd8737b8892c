"""The conversations that are trained on: made-up problems, passages and functions in the very words of this program.

System texts, triggers and the form of answers come from the shipped prompts and strategies, with variations, so that
what the model learns is what the program sends. A block of conversations is fixed by a seed and its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from chatbot.prompting.prompt import Prompt
from chatbot.strategies.chain_of_thought import ANSWER_TRIGGERS, LAST_LINE, MARKER, ZeroShotCot
from pocket.arithmetic import Problem, drill, problem
from pocket.calls import Request, requests
from pocket.passages import Lookup, lookups
from pocket.talk import small_talk

PROMPTS = Path(__file__).parents[2] / "prompts"
BLOCK = 1024
"""Conversations of a block."""
ANSWER_ALONE = ANSWER_TRIGGERS["last_number"]
TRIGGER = f"\n\n{ZeroShotCot().trigger}"
"""As the strategy `zero_shot_cot` puts it behind a problem; with LAST_LINE behind it, in one call."""

BRIEF_SYSTEMS = (
    "You answer from the passages and cite them.",
    "Answer questions about the documents. Cite the passage by its number. If none says it, say so.",
    "Answer from the numbered passages alone, with [1] behind what passage 1 says.",
)
TOOL_SYSTEMS = ("", "", "You are a helpful assistant.", "You help with the functions below.", "Be brief.")
NUMBER_SYSTEMS = ("Reply with the number alone.", "Give only the number.", "Answer with a number and nothing else.")
WORKED_SYSTEMS = ("Solve the problem in steps.", "You solve word problems.", "Show each step of the calculation.")

ChatMessage = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages as a chat template takes them; what the assistant says in them is learnt."""

    messages: tuple[ChatMessage, ...]
    tools: tuple[Mapping[str, object], ...] = ()


def said(role: str, content: str) -> ChatMessage:
    """A message of text."""
    return {"role": role, "content": content}


def opening(prompt: str, **inputs: object) -> list[ChatMessage]:
    """The messages that a shipped prompt makes."""
    return [said(each.role, each.text) for each in _prompt(prompt).render(**inputs)]


@cache
def _prompt(name: str) -> Prompt:
    return Prompt.load(name, PROMPTS)


def direct(draw: Random, asked: Problem) -> list[ChatMessage]:
    """The request for the number alone."""
    if draw.random() < 0.75:
        return opening("word_problem_direct", question=asked.question)
    return [said("system", draw.choice(NUMBER_SYSTEMS)), said("user", asked.question)]


def worked(draw: Random, asked: Problem, *, last_line: bool) -> list[ChatMessage]:
    """The request for worked steps, in one call (with the line `Answer:`) or as the first of two."""
    before = opening("word_problem_zero_shot_cot", question=asked.question)
    *_, last = before
    ends = f"{TRIGGER} {LAST_LINE}" if last_line else TRIGGER
    system = before[0] if draw.random() < 0.8 else said("system", draw.choice(WORKED_SYSTEMS))
    return [system, said("user", f"{last['content']}{ends}")]


def solution(asked: Problem) -> str:
    """The working, and the line with the answer alone."""
    return f"{asked.working}\n{MARKER} {asked.answer}"


# --- the kinds of conversation ----------------------------------------------------------------------------------------


def _direct(draw: Random) -> Conversation:
    asked = problem(draw)
    return Conversation((*direct(draw, asked), said("assistant", str(asked.answer))))


def _worked(draw: Random) -> Conversation:
    asked = problem(draw)
    if draw.random() < 0.7:
        return Conversation((*worked(draw, asked, last_line=True), said("assistant", solution(asked))))
    return Conversation((
        *worked(draw, asked, last_line=False), said("assistant", asked.working),
        said("user", ANSWER_ALONE), said("assistant", str(asked.answer)),
    ))  # fmt: skip


def _plain(draw: Random) -> Conversation:
    """Without a system text or a trigger: as somebody types it. The short ones teach single steps."""
    asked = problem(draw, steps=draw.choice(((2, 3), (3, 6), (3, 6))))
    return Conversation((said("user", asked.question), said("assistant", solution(asked))))


def _few_shot(draw: Random) -> Conversation:
    """After one to three solved ones, with their working or without."""
    rationales = draw.random() < 0.7
    prompt = "word_problem_8_shot_cot" if rationales else "word_problem_8_shot"
    asked = [problem(draw) for _ in range(draw.randint(2, 4))]
    turns = [
        each
        for one in asked
        for each in (
            said("user", one.question),
            said("assistant", solution(one) if rationales else str(one.answer)),
        )
    ]
    return Conversation((opening(prompt, question="")[0], *turns))


def _drill(draw: Random) -> Conversation:
    """A few bare sums in a row."""
    turns: list[ChatMessage] = []
    for _ in range(draw.randint(2, 5)):
        asked, result = drill(draw)
        turns += [said("user", asked), said("assistant", f"{asked} = {result}")]
    return Conversation(tuple(turns))


def reading(draw: Random, asked: Lookup, *, shipped: bool) -> list[ChatMessage]:
    """The request with passages, as the prompt `chat` sends it; its system text or a brief one."""
    passages = [each.as_input() for each in asked.passages]
    before = opening("chat", question=asked.question, passages=passages)
    system = before[0] if shipped else said("system", draw.choice(BRIEF_SYSTEMS))
    return [system, *before[1:]]


def _reading(draw: Random) -> Conversation:
    """A question over passages, and some more over the same ones, which a later turn names only."""
    first, *more = lookups(draw, draw.randint(1, 4), most=4)
    turns = [*reading(draw, first, shipped=draw.random() < 0.3), said("assistant", first.answer)]
    for each in more:
        seen = [passage.number for passage in first.passages] if draw.random() < 0.7 else []
        turns += [*opening("chat", question=each.question, seen=seen)[1:], said("assistant", each.answer)]
    return Conversation(tuple(turns))


def calling(draw: Random, asked: Request) -> list[ChatMessage]:
    """The request with functions."""
    shipped = draw.random() < 0.2
    system = str(opening("chat", question="")[0]["content"]) if shipped else draw.choice(TOOL_SYSTEMS)
    return [said("system", system)] * bool(system) + [said("user", asked.question)]


def _calling(draw: Random) -> Conversation:
    """A request with functions, and perhaps some more with the same ones."""
    first, *more = requests(draw, draw.randint(1, 3))
    turns = [*calling(draw, first), *_answered(draw, first)]
    for each in more:
        turns += [said("user", each.question), *_answered(draw, each)]
    return Conversation(tuple(turns), first.tools)


def _answered(draw: Random, asked: Request) -> list[ChatMessage]:
    """The call, perhaps its result and the sentence after it; or what is said where no function fits."""
    if not asked.name:
        return [said("assistant", asked.told)]
    call = {"type": "function", "function": {"name": asked.name, "arguments": asked.arguments}}
    called: ChatMessage = {"role": "assistant", "content": "", "tool_calls": [call]}
    return [called, said("tool", asked.result), said("assistant", asked.told)]


def _talk(draw: Random) -> Conversation:
    before = draw.choice(([], [], [said("system", "You are a helpful assistant.")], opening("chat", question="")[:1]))
    turns = [each for _ in range(draw.randint(1, 3)) for each in _exchange(draw)]
    tools = requests(draw, 1)[0].tools if draw.random() < 0.2 else ()
    return Conversation((*before, *turns), tools)


def _exchange(draw: Random) -> tuple[ChatMessage, ChatMessage]:
    asked, answer = small_talk(draw)
    return said("user", asked), said("assistant", answer)


MIX: tuple[tuple[Callable[[Random], Conversation], float], ...] = (
    (_worked, 0.24), (_plain, 0.24), (_direct, 0.09), (_few_shot, 0.03), (_drill, 0.10),
    (_reading, 0.17), (_calling, 0.10), (_talk, 0.03),
)  # fmt: skip
"""The kinds, and the share of each among the conversations."""


def block(seed: int, number: int) -> list[Conversation]:
    """The conversations of a block: the same for the same seed and number."""
    draw = Random(f"{seed}/{number}")
    makers, weights = zip(*MIX, strict=True)
    return [make(draw) for make in draw.choices(makers, weights, k=BLOCK)]


def blocks(seed: int, first: int = 0) -> Iterator[list[Conversation]]:
    """Blocks without end, from this one on."""
    number = first
    while True:
        yield block(seed, number)
        number += 1
