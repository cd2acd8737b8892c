"""A player of the Game of 24, as a scripted model: it proposes every step there is, and judges by a rule of thumb.

The rule looks at the size of what is left and misses a good deal; it solves nothing. `worth` is the referee: it works
an expression out exactly, and knows nothing of the player.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from random import Random

from chatbot.effects import Generate

Numbers = tuple[Fraction, ...]

OPERATIONS: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
STEP = re.compile(r"(\S+) ([-+*/]) (\S+) = (\S+) \(left: ([^)]+)\)")


def numbers(text: str) -> Numbers:
    return tuple(sorted(map(Fraction, text.split())))


@dataclass(slots=True)
class Player:
    """Counts what it was asked. `slips`: how often of a hundred it judges at random."""

    slips: int = 0
    proposed: int = 0
    judged: int = 0
    concluded: int = 0

    def __call__(self, request: Generate) -> str:
        text = request.messages[-1].text
        if "List the next steps." in text:
            self.proposed += 1
            return "\n".join(steps(at_hand(text)))
        if "Judge the position." in text:
            self.judged += 1
            return f"I looked at it.\nJudgement: {self.judgement(at_hand(text), request.sample)}"
        self.concluded += 1
        return conclusion(text)

    def judgement(self, left: Numbers, sample: int) -> str:
        chance = Random(f"{left} {sample}")
        if chance.randrange(100) < self.slips:
            return chance.choice(["sure", "likely", "impossible"])
        return rule_of_thumb(left)


def at_hand(text: str) -> Numbers:
    """The numbers that a request is about: those left by its last step, or those of the question."""
    found = STEP.findall(text) or re.findall(r"numbers at hand: ()()()()([\d ]+)", text)
    return numbers(found[-1][4])


def steps(left: Numbers) -> list[str]:
    """Every step there is; differences the right way round, since a negative one is never needed."""
    return list(dict.fromkeys(_steps(left)))


def _steps(left: Numbers) -> Iterator[str]:
    for low, high in combinations(range(len(left)), 2):
        rest = [left[at] for at in range(len(left)) if at not in (low, high)]
        for first, second in ((left[high], left[low]), (left[low], left[high])):
            for sign, apply in OPERATIONS.items():
                if (sign == "/" and not second) or (sign in "+*-" and first < second):
                    continue
                value = apply(first, second)
                yield f"{first} {sign} {second} = {value} (left: {' '.join(map(str, sorted([*rest, value])))})"


def rule_of_thumb(left: Numbers) -> str:
    """One number is 24 or not; two are tried in all ways; of three only the sizes are looked at."""
    if len(left) == 1:
        return "sure" if left[0] == 24 else "impossible"
    if len(left) == 2:
        return "sure" if any(" = 24 " in step for step in _steps(left)) else "impossible"
    if any(number.denominator > 1 or number > 40 for number in left):
        return "impossible"
    gaps = [abs(24 - sum(left)), *(abs(24 - number * other) for number, other in combinations(left, 2))]
    return "sure" if min(gaps) == 0 or any(24 % number == 0 and number > 1 for number in left if number) else "likely"


def conclusion(text: str) -> str:
    """The steps as one expression, where they come to 24."""
    made: list[tuple[Fraction, str]] = []
    found = STEP.findall(text)
    used: list[tuple[Fraction, str]] = []
    for first, sign, second, value, _ in found:
        terms = []
        for number in (Fraction(first), Fraction(second)):
            term = next((each for each in made if each[0] == number), (number, str(number)))
            if term in made:
                made.remove(term)
            terms.append(term[1])
        made.append((Fraction(value), f"({terms[0]} {sign} {terms[1]})"))
        used = made
    if len(found) == 3 and len(used) == 1 and used[0][0] == 24:
        return f"Answer: {used[0][1]}"
    return "These steps do not come to 24."


# --- the referee ------------------------------------------------------------------------------------------------------


def worth(expression: str) -> tuple[Fraction, list[int]]:
    """The exact value of an expression, and the numbers in it. Raises ValueError for what is none."""
    tokens = re.findall(r"\d+|[-+*/()]|\S", expression)
    value = _sum(tokens)
    if tokens:
        raise ValueError(f"{tokens[0]!r} is left over")
    return value, sorted(map(int, re.findall(r"\d+", expression)))


def _sum(tokens: list[str]) -> Fraction:
    value = _product(tokens)
    while tokens and tokens[0] in "+-":
        value = OPERATIONS[tokens.pop(0)](value, _product(tokens))
    return value


def _product(tokens: list[str]) -> Fraction:
    value = _term(tokens)
    while tokens and tokens[0] in "*/":
        value = OPERATIONS[tokens.pop(0)](value, _term(tokens))
    return value


def _term(tokens: list[str]) -> Fraction:
    token = tokens.pop(0) if tokens else "the end"
    if token == "(":
        value = _sum(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise ValueError("a bracket is not closed")
        return value
    return Fraction(int(token))
