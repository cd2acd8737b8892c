"""Word problems of three to six steps with small whole numbers, their working and their answer.

A problem is a chain: an opening gives an amount, clauses change it, an ending asks. Every step of the working is
computed with the numbers that its sentence holds. The `shape` of a problem is the sequence of its operations; the
shapes for which `held_out` holds are never trained on, so that tests can ask for combinations that are new.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count, pairwise
from random import Random
from zlib import crc32

from pocket.words import CONTAINERS, GROUPS, PEOPLE, PRICED, THINGS

MOST = 500
"""Every number of a problem and of its working is at most this."""


PATIENCE = 200
"""Attempts after which another story is tried: not every one can have any number of steps."""


class Unfit(ValueError):
    """The numbers drawn do not fit the story."""


@dataclass(slots=True)
class Story:
    """A problem while it is told: its sentences, its working, the amount so far and who has what."""

    draw: Random
    person: str
    friend: str
    thing: str
    told: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    shape: list[str] = field(default_factory=list)
    amount: int = 0

    def say(self, *variants: str, **values: object) -> None:
        """One of several ways to tell the same."""
        told = self.draw.choice(variants).format(p=self.person, f=self.friend, things=self.thing, **values)
        self.told.append(told[0].upper() + told[1:])

    def step(self, first: int, sign: str, second: int) -> int:
        """A step of the working. Raises Unfit for a result that is no whole number from 1 to MOST."""
        if sign == "/" and first % second:
            raise Unfit
        result = {"+": first + second, "-": first - second, "*": first * second, "/": first // second}[sign]
        if not 1 <= result <= MOST:
            raise Unfit
        self.steps.append(f"{first} {sign} {second} = {result}")
        return result


@dataclass(frozen=True, slots=True)
class Problem:
    """A word problem."""

    question: str
    steps: tuple[str, ...]
    """Equations, in order, such as `6 * 12 = 72`."""
    answer: int
    shape: str
    """The operations, such as `pack+gift-bags/share`."""

    @property
    def working(self) -> str:
        """The steps in a line."""
        return ". ".join(self.steps) + "."


Clause = Callable[[Story], None]


def _small(story: Story) -> int:
    return story.draw.randint(2, 9)


def _some(story: Story, most: int = 50) -> int:
    return story.draw.randint(3, most)


# --- openings ---------------------------------------------------------------------------------------------------------


def _has(story: Story) -> None:
    story.amount = number = _some(story, 99)
    story.say("{p} has {n} {things}.", "There are {n} {things} in {p}'s room.",
              "{p} starts the week with {n} {things}.", "On the table of {p} lie {n} {things}.",
              "{p} owns {n} {things}.", n=number)  # fmt: skip


def _pack(story: Story) -> None:
    boxes, each = _small(story), _some(story, 20)
    holders = story.draw.choice(CONTAINERS)
    story.amount = story.step(boxes, "*", each)
    story.say("{p} has {a} {c} with {b} {things} each.", "{p} opens {a} {c}. There are {b} {things} in each.",
              "A shop gets {a} {c} of {b} {things}.", "{p} fills {a} {c}, and {b} {things} go into each.",
              "Each of {a} {c} holds {b} {things}.", a=boxes, b=each, c=holders)  # fmt: skip


def _gather(story: Story) -> None:
    first, second = _some(story, 60), _some(story, 60)
    story.amount = story.step(first, "+", second)
    story.say("{p} has {a} {things} and {f} has {b}. They put them together.",
              "{p} brings {a} {things} and {f} brings {b} more.",
              "In the morning {p} makes {a} {things}, in the afternoon {b}.",
              "{p} finds {a} {things} on one day and {b} on the next.", a=first, b=second)  # fmt: skip


# --- clauses that change the amount -----------------------------------------------------------------------------------


def _gift(story: Story) -> None:
    number = _some(story)
    story.amount = story.step(story.amount, "+", number)
    story.say("{f} adds {n} more.", "Then {n} more {things} come in the mail.", "{p} buys {n} more {things}.",
              "{f} gives {p} another {n}.", "A neighbour brings {n} more {things}.", "Later {p} finds {n} more.",
              n=number)  # fmt: skip


def _loss(story: Story) -> None:
    number = _some(story)
    story.amount = story.step(story.amount, "-", number)
    story.say("{n} of them are lost.", "{p} gives {n} {things} to {f}.", "Then {n} of the {things} break.",
              "{p} sells {n} of them.", "{f} takes {n} away.", "After that {n} {things} are thrown out.",
              n=number)  # fmt: skip


def _bags_in(story: Story) -> None:
    bags, each = _small(story), story.draw.randint(3, 12)
    more = story.step(bags, "*", each)
    story.amount = story.step(story.amount, "+", more)
    story.say("{p} gets {a} {c} more with {b} {things} each.", "{f} brings {a} {c} of {b} {things}.",
              "Then {a} {c} arrive, each with {b} {things}.", "On each of {a} days {b} more are added.",
              a=bags, b=each, c=story.draw.choice(CONTAINERS))  # fmt: skip


def _bags_out(story: Story) -> None:
    people, each = _small(story), story.draw.randint(2, 12)
    less = story.step(people, "*", each)
    story.amount = story.step(story.amount, "-", less)
    story.say("{p} gives {b} {things} to each of {a} {g}.", "Each of {a} {g} takes {b} of them.",
              "On each of {a} days {b} {things} are used up.", "{a} {g} get {b} {things} each.",
              a=people, b=each, g=story.draw.choice(GROUPS))  # fmt: skip


def _times(story: Story) -> None:
    times = story.draw.randint(2, 4)
    story.amount = story.step(story.amount, "*", times)
    story.say("A month later there are {n} times as many.", "{f} has {n} times as many {things} and brings all of them "
              "in exchange.", "After a year the number has grown to {n} times that.",
              "Then the number of {things} becomes {n} times as large.", n=times)  # fmt: skip


def _part(story: Story) -> None:
    word, number = story.draw.choice((("Half", 2), ("A third", 3), ("A quarter", 4), ("A fifth", 5)))
    gone = story.step(story.amount, "/", number)
    story.amount = story.step(story.amount, "-", gone)
    story.say("{w} of them get wet and are thrown away.", "{w} of the {things} are sold.", "{w} of them go to {f}.",
              "{w} of all the {things} are lost on the way.", w=word)  # fmt: skip


# --- endings ----------------------------------------------------------------------------------------------------------


def _left(story: Story) -> None:
    story.say("How many {things} are there now?", "How many {things} does that leave?",
              "How many {things} are there in the end?", "What is the number of {things} now?")  # fmt: skip


def _share(story: Story) -> None:
    people = _small(story)
    story.amount = story.step(story.amount, "/", people)
    story.say("The {things} are shared equally among {n} {g}. How many {things} does each of them get?",
              "{n} {g} share them equally. How many does each one get?",
              "They are put into {n} {c}, the same number in each. How many {things} are in each?",
              n=people, g=story.draw.choice(GROUPS), c=story.draw.choice(CONTAINERS))  # fmt: skip


def _filled(story: Story) -> None:
    each = _small(story)
    story.amount = story.step(story.amount, "/", each)
    story.say("They are packed in {c} of {n}. How many {c} are filled?",
              "Every {n} {things} go into one of the {c}. How many {c} are needed?",
              n=each, c=story.draw.choice(CONTAINERS))  # fmt: skip


def _sold(story: Story) -> None:
    price = _small(story)
    story.amount = story.step(story.amount, "*", price)
    story.say("All of them are sold for {n} euros each. How many euros is that?", "{p} sells them at {n} euros apiece. "
              "How many euros does {p} get?", "Each of them weighs {n} grams. How many grams do they weigh together?",
              n=price)  # fmt: skip


def _missing(story: Story) -> None:
    wanted = story.amount + _some(story, 80)
    story.amount = story.step(wanted, "-", story.amount)
    story.say("{p} wants {n} {things} in all. How many are still missing?", "How many more {things} are needed to have "
              "{n}?", n=wanted)  # fmt: skip


OPENINGS: dict[str, Clause] = {"has": _has, "pack": _pack, "gather": _gather}
CHANGES: dict[str, Clause] = {
    "gift": _gift, "loss": _loss, "bags in": _bags_in, "bags out": _bags_out, "times": _times, "part": _part,
}  # fmt: skip
ENDINGS: dict[str, Clause] = {
    "left": _left, "share": _share, "filled": _filled, "sold": _sold, "missing": _missing,
}  # fmt: skip


# --- whole stories ----------------------------------------------------------------------------------------------------


def _chain(story: Story) -> None:
    """An amount that changes again and again."""
    names = [
        story.draw.choice(list(OPENINGS)),
        *(story.draw.choice(list(CHANGES)) for _ in range(story.draw.randint(0, 4))),
        story.draw.choice(list(ENDINGS)),
    ]
    story.shape += names
    for name in names:
        (OPENINGS.get(name) or CHANGES.get(name) or ENDINGS[name])(story)


def _shopping(story: Story) -> None:
    """Several purchases, perhaps a voucher, and change or a sum."""
    wares = story.draw.sample(PRICED, story.draw.choice((1, 2, 2, 3)))
    total = 0
    for ware in wares:
        count, price = _small(story), story.draw.randint(2, 15)
        cost = story.step(count, "*", price)
        total = story.step(total, "+", cost) if total else cost
        story.say("{p} buys {a} {w}s at {b} euros each.", "A {w} costs {b} euros, and {p} takes {a} of them.",
                  "{a} {w}s for {b} euros each go into the basket.", a=count, b=price, w=ware)  # fmt: skip
        story.shape.append("buy")
    story.amount = total
    ending = story.draw.choice((_altogether, _change, _split))
    story.shape.append(ending.__name__.strip("_"))
    ending(story)


def _altogether(story: Story) -> None:
    voucher = _small(story)
    story.amount = story.step(story.amount, "-", voucher)
    story.say("A voucher takes {n} euros off. How many euros does {p} pay?",
              "The whole is {n} euros cheaper today. What does {p} pay, in euros?", n=voucher)  # fmt: skip


def _change(story: Story) -> None:
    paid = story.draw.choice((50, 100, 200, 300, 400))
    story.amount = story.step(paid, "-", story.amount)
    story.say("{p} pays with {n} euros. How many euros does {p} get back?",
              "How many of {p}'s {n} euros are left after that?", n=paid)  # fmt: skip


def _split(story: Story) -> None:
    people = _small(story)
    story.amount = story.step(story.amount, "/", people)
    story.say("{n} {g} share the cost equally. How many euros does each pay?", n=people, g=story.draw.choice(GROUPS))


COMPARED = {"+": "{n} more {things} than {b}", "-": "{n} fewer {things} than {b}", "*": "{n} times as many as {b}"}


def _compared(story: Story) -> None:
    """People who have more or fewer than one another, and how many they have together."""
    people = story.draw.sample(PEOPLE, story.draw.choice((2, 3, 3, 4)))
    amount = _some(story, 50)
    story.told.append(f"{people[0]} has {amount} {story.thing}.")
    amounts = [amount]
    for before, person in pairwise(people):
        changes = (("+", _some(story, 30)), ("-", _some(story, 30)), ("*", story.draw.randint(2, 4)))
        sign, number = story.draw.choice(changes)
        amounts.append(story.step(amounts[-1], sign, number))
        story.say(f"{{q}} has {COMPARED[sign]}.", n=number, b=before, q=person)
        story.shape.append(sign)
    total = amounts[0]
    for each in amounts[1:]:
        total = story.step(total, "+", each)
    story.amount = total
    story.shape.append("together")
    story.say("How many {things} do they have together?", "How many {things} is that in all?")


STORIES: tuple[tuple[Clause, int], ...] = ((_chain, 6), (_shopping, 2), (_compared, 2))
"""How problems are told, and how often relative to one another."""


def held_out(shape: str) -> bool:
    """Whether no problem of this shape is trained on: about one shape of six."""
    return crc32(shape.encode()) % 6 == 0


def problem(draw: Random, *, steps: tuple[int, int] = (3, 6), held: bool | None = False) -> Problem:
    """A problem with as many steps as that; of a held-out shape, of another, or (None) of any."""
    stories, weights = zip(*STORIES, strict=True)
    for attempt in count():
        if attempt % PATIENCE == 0:
            tell = draw.choices(stories, weights)[0]
        person, friend = draw.sample(PEOPLE, 2)
        story = Story(draw, person, friend, draw.choice(THINGS))
        try:
            tell(story)
        except Unfit:
            continue
        shape = " ".join(story.shape)
        if steps[0] <= len(story.steps) <= steps[1] and (held is None or held_out(shape) == held):
            return Problem(" ".join(story.told), tuple(story.steps), story.amount, shape)
    raise AssertionError("counting never ends")


def drill(draw: Random) -> tuple[str, str]:
    """A bare sum and its result: what every step needs."""
    while True:
        story = Story(draw, "", "", "")
        sign = draw.choice("++--***/")
        first, second = {
            "+": (draw.randint(2, 400), draw.randint(2, 200)),
            "-": (draw.randint(10, MOST), draw.randint(2, 400)),
            "*": (draw.choice((draw.randint(2, 20), draw.randint(2, 200))), draw.randint(2, 9)),
            "/": (draw.randint(2, 150) * (by := draw.randint(2, 9)), by),
        }[sign]
        if sign == "*" and draw.random() < 0.3:
            first, second = second, first
        try:
            result = story.step(first, sign, second)
        except Unfit:
            continue
        return f"{first} {sign} {second}", str(result)
