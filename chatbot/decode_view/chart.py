"""The view of a prompt's decoding as lines of text: for a terminal of 80 columns, in colour or not, and for pipes.

In: a `View` or a part of it. Out: lines, each with the style of Rich that it has where there are colours; nothing that
the styles say is said by them alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp
from string import ascii_lowercase

from chatbot.decode_view.tokens import LEVELS, bar, columns, fitted, percent, shown
from chatbot.decode_view.view import View, Written
from chatbot.models.next_token import Branch, Candidate, Distribution, Reweighed, Step

TOKEN = 14
"""Columns of a token."""

CELL = 6
"""Columns of a figure in the table of strategies."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, and how it looks where there are colours."""

    text: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """How much is drawn, and with what."""

    width: int = 80
    top: int = 10
    """Tokens of a distribution."""
    blocks: bool = True
    """The terminal can show block elements and lines; else number signs and the like stand for them."""


def chart(view: View, look: Look) -> Iterator[Line]:
    """The whole view: the first distribution, the strategies, the way, the tree, and what each strategy writes."""
    yield Line(f"{view.model} goes on with: {_quoted(view.text)}", "bold")
    if view.steps:
        yield Line()
        yield from distribution(view.steps[0].before, look)
        yield from strategies(view.steps[0], look)
    if len(view.steps) > 1:
        yield Line()
        yield from way(view.steps, look)
    if view.tree:
        yield Line()
        yield from tree(view.tree, look)
    if view.written:
        yield Line()
        yield from writings(view.written, look)


def distribution(before: Distribution, look: Look) -> Iterator[Line]:
    """The likeliest tokens with bars, and how much all others hold."""
    yield Line(f"Next token: {_entropy(before)}{_count(before)}", "bold")
    room = look.width - TOKEN - 14
    shown_first = before.candidates[: look.top]
    for place, each in enumerate(shown_first, 1):
        yield Line(_row(str(place), each.text, each.probability, bar(each.probability, room, blocks=look.blocks)))
    others = max(1.0 - sum(each.probability for each in shown_first), 0.0)
    if others > 0.00005:
        row = _row("", "", others, bar(others, room, blocks=look.blocks))
        yield Line(row.replace(" " * (TOKEN + 4), fitted("    all others", TOKEN + 4), 1), "dim")


def strategies(step: Step, look: Look) -> Iterator[Line]:
    """What each strategy makes of the distribution: its entropy, how many tokens it leaves, and their probabilities."""
    if not step.after:
        return
    letters = ascii_lowercase[: len(step.after)]
    names = min(max(len(each.strategy) for each in step.after), 36) + 2
    first = step.before.candidates[: look.top]
    yield Line()
    heading = fitted("After each strategy", names + 4)
    yield Line(f"{heading}{fitted('shape', len(first))}  {'bits':>7}  {'tokens':>9}", "bold")
    yield Line(_strategy(" ", "before", step.before, first, names, look))
    for letter, each in zip(letters, step.after, strict=True):
        if each.distribution is None:
            yield from _hidden(letter, each, names, look)
        else:
            yield Line(_strategy(letter, each.strategy, each.distribution, first, names, look))
    yield from _table(step, letters, first, look)


def _strategy(letter: str, name: str, after: Distribution, first: Sequence[Candidate], names: int, look: Look) -> str:
    most = after.candidates[0].probability
    shape = "".join(_level(_chance(after, each) / most, look) for each in first)
    sign = "≥" if after.is_least else "≈" if after.slack else ""
    bits = f"{sign}{after.entropy:.2f}"
    return f"{letter}   {fitted(name, names)}{shape}  {bits:>7}  {_tokens(after):>9}"


def _hidden(letter: str, each: Reweighed, names: int, look: Look) -> Iterator[Line]:
    """A strategy with the reason why there is nothing to show, below it where the line is too short for both."""
    if names + 4 + columns(each.reason) <= look.width:
        yield Line(f"{letter}   {fitted(each.strategy, names)}{each.reason}", "dim")
        return
    yield Line(f"{letter}   {each.strategy}", "dim")
    yield Line(f"      {each.reason}", "dim")


def _table(step: Step, letters: str, first: Sequence[Candidate], look: Look) -> Iterator[Line]:
    """The probabilities themselves, tokens down and strategies across, in as many tables as the width asks for."""
    known = [(letter, each.distribution) for letter, each in zip(letters, step.after, strict=True) if each.distribution]
    listed = _listed(step, first)
    room = max((look.width - TOKEN - 2 - CELL - 2) // CELL, 1)
    for start in range(0, len(known), room):
        part = known[start : start + room]
        yield Line()
        heads = "".join(f"{letter:>{CELL}}" for letter, _ in part)
        yield Line(f"{fitted('  percent', TOKEN + 2)}{'before':>{CELL + 2}}{heads}", "bold")
        for each in listed:
            before = percent(each.probability)
            cells = "".join(f"{_cell(after, each, look):>{CELL}}" for _, after in part)
            yield Line(f"  {fitted(shown(each.text), TOKEN)}{before:>{CELL + 2}}{cells}")


def _listed(step: Step, first: Sequence[Candidate]) -> list[Candidate]:
    """The likeliest tokens before, and those that a strategy raises to its three likeliest."""
    found = {_key(each): each for each in first}
    known = {_key(each): each for each in step.before.candidates}
    for after in step.after:
        for each in after.distribution.candidates[:3] if after.distribution else ():
            found.setdefault(_key(each), known.get(_key(each), Candidate(each.text, 0.0, each.id)))
    return list(found.values())


def way(steps: Sequence[Step], look: Look) -> Iterator[Line]:
    """One token at a time: how likely it was, and what else there was to say."""
    others = "other likely tokens"
    yield Line(f"{fitted('One token at a time', TOKEN + 6)}{'percent':>8}{'rank':>6}{'bits':>7}  {others}", "bold")
    for place, step in enumerate(steps, 1):
        sign = "≥" if step.before.is_least else ""
        figures = f"{percent(step.taken.probability):>8}{step.rank or '-':>6}{f'{sign}{step.before.entropy:.2f}':>7}"
        rest = [each for each in step.before.candidates[:4] if _key(each) != _key(step.taken)][:3]
        said = "  ".join(f"{shown(each.text)} {percent(each.probability)}" for each in rest)
        line = f"{place:>3}  {fitted(shown(step.taken.text), TOKEN + 1)}{figures}  {said}"
        yield Line(fitted(line, look.width).rstrip())


def tree(branches: Sequence[Branch], look: Look) -> Iterator[Line]:
    """The alternatives, each below what it follows, with its own probability and that of the whole way to it."""
    yield Line(f"{'percent':>7}{'in all':>8}   Alternatives", "bold")
    for at, each in enumerate(branches):
        yield from _branch(each, "", at == len(branches) - 1, look)


def _branch(branch: Branch, lead: str, is_last: bool, look: Look) -> Iterator[Line]:
    knee, pass_by = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
    if not look.blocks:
        knee, pass_by = ("`- ", "   ") if is_last else ("|- ", "|  ")
    mark = " *" if branch.is_taken else ""
    figures = f"{percent(branch.token.probability):>7}{percent(branch.probability):>8}   "
    line = f"{figures}{lead}{knee}{shown(branch.token.text)}{mark}"
    yield Line(fitted(line, look.width).rstrip(), "" if branch.is_taken else "dim")
    for at, each in enumerate(branch.branches):
        yield from _branch(each, lead + pass_by, at == len(branch.branches) - 1, look)


def writings(written: Sequence[Written], look: Look) -> Iterator[Line]:
    """What each strategy writes; how likely the model holds a token of it, on the geometric mean."""
    yield Line(f"{fitted('What each strategy writes', look.width - 14)}{'a token in %':>14}", "bold")
    for each in written:
        likely = percent(exp(each.logprob / each.tokens)) if each.logprob is not None and each.tokens else ""
        yield Line(f"{fitted(each.strategy, look.width - 14)}{likely:>14}".rstrip())
        yield Line(f"    {each.failure or _quoted(each.text)}", "dim" if each.failure else "")


def _row(place: str, text: str, probability: float, drawn: str) -> str:
    label = fitted(shown(text) if text or place else "", TOKEN)
    return f"{place:>3} {label} {percent(probability):>6} % {drawn}"


def _quoted(text: str) -> str:
    return f"“{text}”".replace("\n", "⏎")


def _entropy(distribution: Distribution) -> str:
    least = "at least " if distribution.is_least else ""
    return f"{least}{distribution.entropy:.2f} bits of entropy"


def _count(distribution: Distribution) -> str:
    if distribution.tokens is None:
        return f", the {len(distribution.candidates)} likeliest tokens are told"
    return f" over {distribution.tokens:,} tokens"


def _tokens(distribution: Distribution) -> str:
    return f"{distribution.tokens:,}" if distribution.tokens is not None else f"{len(distribution.candidates)} + ?"


def _level(share: float, look: Look) -> str:
    """One letter for a probability, as a share of the likeliest: the higher, the more; a full stop for none."""
    if share <= 0:
        return "."
    if not look.blocks:
        return str(min(int(share * 10), 9))
    return LEVELS[min(int(share * len(LEVELS)), len(LEVELS) - 1)]


def _chance(distribution: Distribution, candidate: Candidate) -> float:
    key = _key(candidate)
    return next((each.probability for each in distribution.candidates if _key(each) == key), 0.0)


def _cell(distribution: Distribution, candidate: Candidate, look: Look) -> str:
    chance = _chance(distribution, candidate)
    return percent(chance) if chance > 0 else "·" if look.blocks else "."


def _key(candidate: Candidate) -> object:
    """What makes two candidates the same token."""
    return candidate.text if candidate.id is None else candidate.id
