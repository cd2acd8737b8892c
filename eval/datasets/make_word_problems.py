"""Writes `word_problems.jsonl`: word problems of two to five steps, each with its working and its exact answer.

    python eval/datasets/make_word_problems.py

The seed fixes every byte. Numbers are drawn until each problem comes out even, as its story needs it; the working is
computed along with the answer, in fractions, so that neither can be wrong without the other. No two problems are the
same in the sense in which demonstrations are kept from giving items away.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from random import Random

from chatbot.prompting.demonstrations.leak import same

OUT = Path(__file__).with_name("word_problems.jsonl")
SEED = 20261121
OF_A_STORY = 8
"""Problems that are made of each story."""
NAMES = ("Ada", "Bilal", "Chiara", "Dmitri", "Esra", "Femi", "Greta", "Hiro", "Ines", "Jonas", "Kavya", "Lars")


class Uneven(ValueError):
    """The numbers drawn do not fit the story."""


@dataclass(slots=True)
class Working:
    """Steps of a solution: each computes a number and notes how."""

    steps: list[str] = field(default_factory=list)

    def of(self, first: Fraction | int, sign: str, second: Fraction | int) -> Fraction:
        """A step. Raises Uneven where its result is not above zero or has more than two decimals."""
        one, two = Fraction(first), Fraction(second)
        result = {"+": one + two, "-": one - two, "*": one * two, "/": one / two}[sign]
        if result <= 0 or (result * 100).denominator != 1:
            raise Uneven
        self.steps.append(f"{shown(one)} {sign} {shown(two)} = {shown(result)}")
        return result

    def whole(self, first: Fraction | int, sign: str, second: Fraction | int) -> Fraction:
        """A step of things that cannot be cut. Raises Uneven where it leaves a part of one."""
        result = self.of(first, sign, second)
        if result.denominator != 1:
            raise Uneven
        return result


def shown(value: Fraction) -> str:
    """A number as it is written: 12, 0.5, 7.25."""
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.2f}".rstrip("0")


Story = Callable[[Random, str, Working], tuple[str, Fraction]]
"""From numbers that it draws, a name and a working that it fills, to the question and its answer."""


# --- two steps --------------------------------------------------------------------------------------------------------


def crates(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    rows, each, spoilt = draw.randint(6, 19), draw.randint(8, 24), draw.randint(5, 30)
    answer = do.whole(do.whole(rows, "*", each), "-", spoilt)
    return (
        f"A grocer unloads {rows} crates with {each} melons in each. {spoilt} melons are bruised and go to the "
        f"compost. How many melons can be sold?"
    ), answer


def ribbon(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    length, used, pieces = draw.randint(20, 90), draw.randint(2, 18), draw.choice((4, 5, 8, 10))
    answer = do.of(do.of(length, "-", used), "/", pieces)
    return (
        f"{name} has {length} metres of ribbon and uses {used} metres of it for a wreath. The rest is cut into "
        f"{pieces} pieces of the same length. How many metres long is a piece?"
    ), answer


def tickets(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    price, people, voucher = Fraction(draw.randint(13, 45), 2), draw.randint(3, 9), draw.randint(5, 20)
    answer = do.of(do.of(price, "*", people), "-", voucher)
    return (
        f"A ticket for the ferry costs {shown(price)} euros. A group of {people} pays together and has a voucher worth "
        f"{voucher} euros. How many euros does the group pay?"
    ), answer


def reading(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    pages, read, days = draw.randint(180, 520), draw.randint(30, 150), draw.randint(4, 14)
    answer = do.whole(do.whole(pages, "-", read), "/", days)
    return (
        f"A novel has {pages} pages, of which {name} has read {read}. It is due back at the library in {days} days. "
        "Reading the same number of pages every day, how many must that be to finish in time?"
    ), answer


def stamps(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    own, times, lost = draw.randint(24, 95), draw.randint(3, 6), draw.randint(7, 40)
    answer = do.whole(do.whole(own, "-", lost), "*", times)
    return (
        f"{name} had {own} stamps and gave {lost} of them away. A friend owns {times} times as many as {name} has now. "
        "How many stamps does the friend own?"
    ), answer


# --- three steps ------------------------------------------------------------------------------------------------------


def bakery(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    loaves, rolls, price, small = draw.randint(2, 7), draw.randint(4, 15), draw.randint(3, 6), draw.choice((30, 45, 60))
    cents = Fraction(small, 100)
    answer = do.of(do.of(loaves, "*", price), "+", do.of(rolls, "*", cents))
    return (
        f"At the bakery a loaf costs {price} euros and a roll {small} cents. {name} buys {loaves} loaves and {rolls} "
        "rolls. How many euros is that altogether?"
    ), answer


def cyclist(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    first, hours, second, more = draw.randint(14, 26), draw.randint(2, 4), draw.randint(10, 20), draw.choice((1, 2, 3))
    answer = do.whole(do.whole(first, "*", hours), "+", do.whole(second, "*", more))
    unit = "hour" if more == 1 else "hours"
    return (
        f"{name} cycles for {hours} hours at {first} kilometres per hour and then, against the wind, for {more} more "
        f"{unit} at {second} kilometres per hour. How many kilometres is the whole ride?"
    ), answer


def library(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    shelves, each, lent, back = draw.randint(7, 18), draw.randint(20, 45), draw.randint(40, 120), draw.randint(10, 39)
    answer = do.whole(do.whole(do.whole(shelves, "*", each), "-", lent), "+", back)
    return (
        f"A school library fills {shelves} shelves with {each} books each. In September {lent} books are lent, and by "
        f"October {back} of those are back. How many books stand in the library in October?"
    ), answer


def sale(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    price, share, pieces = draw.randrange(40, 200, 4), draw.choice((5, 10, 15, 25, 30)), draw.randint(2, 5)
    off = do.of(price, "*", Fraction(share, 100))
    answer = do.of(do.of(price, "-", off), "*", pieces)
    return (
        f"A folding chair costs {price} euros. Today all chairs are {share}% cheaper. What do {pieces} chairs cost "
        "today, in euros?"
    ), answer


def aquarium(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    long, wide, high = (draw.randrange(20, 90, 10) for _ in range(3))
    cubic = do.whole(do.whole(long, "*", wide), "*", high)
    answer = do.of(cubic, "/", 1000)
    return (
        f"{name}'s fish tank is {long} cm long, {wide} cm wide and {high} cm high inside. One litre is 1000 cubic "
        "centimetres. How many litres does the tank hold when it is full to the brim?"
    ), answer


# --- four steps -------------------------------------------------------------------------------------------------------


def wages(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    weekday, weekend = draw.randint(12, 18), draw.randint(19, 26)
    hours, extra, rent = draw.randint(18, 34), draw.randint(3, 9), draw.randint(80, 220)
    earned = do.whole(do.whole(weekday, "*", hours), "+", do.whole(weekend, "*", extra))
    answer = do.whole(earned, "-", rent)
    return (
        f"{name} earns {weekday} euros an hour on weekdays and {weekend} euros an hour at the weekend. After a week of "
        f"{hours} hours on weekdays and {extra} hours at the weekend, {name} pays {rent} euros of rent. How many euros "
        "are left of that week's pay?"
    ), answer


def orchard(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    trees, each = draw.randint(6, 25), draw.randint(30, 80)
    share, boxes = draw.choice((10, 20, 25)), draw.choice((6, 9))
    picked = do.whole(trees, "*", each)
    fallen = do.whole(picked, "*", Fraction(share, 100))
    answer = do.whole(do.whole(picked, "-", fallen), "/", boxes)
    return (
        f"Each of {trees} pear trees carries {each} pears. {share}% of all pears fall to the ground and are left "
        f"there. The others are packed, {boxes} to a tray. How many trays are filled?"
    ), answer


def tanks(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    volume, filled, tap, drain = draw.randint(300, 900), draw.randint(20, 120), draw.randint(12, 25), draw.randint(2, 9)
    open_for = draw.randint(4, 10)
    gone = do.whole(do.whole(tap, "-", drain), "*", open_for)
    answer = do.whole(do.whole(volume, "-", filled), "-", gone)
    return (
        f"A cistern for {volume} litres already holds {filled} litres. A tap adds {tap} litres a minute while a leak "
        f"loses {drain} litres a minute. After {open_for} minutes, how many litres are still missing until it is full?"
    ), answer


def choir(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    seats, empty, singers = draw.randint(60, 160), draw.randint(5, 30), draw.randint(4, 16)
    price, costs = draw.randint(6, 15), draw.randint(110, 390)
    income = do.whole(do.whole(seats, "-", empty), "*", price)
    answer = do.of(do.whole(income, "-", costs), "/", singers)
    return (
        f"A choir of {singers} gives a concert in a hall with {seats} seats, of which {empty} stay empty. A seat costs "
        f"{price} euros, and the hall takes {costs} euros of the income. The choir shares the rest equally. How many "
        "euros does each singer get?"
    ), answer


def flour(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    cakes, grams, store = draw.randint(2, 8), draw.randrange(150, 400, 50), draw.randint(5, 9)
    bread, more = draw.randint(2, 6), draw.randrange(400, 700, 50)
    needed = do.whole(do.whole(cakes, "*", grams), "+", do.whole(bread, "*", more))
    answer = do.whole(store * 1000, "-", needed)
    return (
        f"A cake takes {grams} grams of flour and a loaf of bread {more} grams. {name} has a sack with {store} "
        f"kilograms of flour and bakes {cakes} cakes and {bread} loaves. How many grams of flour stay in the sack?"
    ), answer


# --- five steps -------------------------------------------------------------------------------------------------------


def savings(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    pocket, weeks, job, cars, price = (
        draw.randint(4, 12), draw.randint(5, 15), draw.randint(6, 11), draw.randint(4, 12), draw.randint(250, 420)
    )  # fmt: skip
    gift = draw.randint(10, 60)
    saved = do.whole(do.whole(pocket, "*", weeks), "+", do.whole(job, "*", cars))
    answer = do.whole(price, "-", do.whole(saved, "+", gift))
    return (
        f"{name} wants a telescope for {price} euros. For {weeks} weeks {name} puts {pocket} euros of pocket money "
        f"aside, washes {cars} cars for {job} euros each, and gets {gift} euros from an aunt. How many euros are "
        "missing?"
    ), answer


def coaches(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    classes, pupils, teachers, ill = draw.randint(3, 8), draw.randint(18, 29), draw.randint(4, 12), draw.randint(2, 9)
    seats, hire = draw.choice((30, 40, 48)), draw.randint(210, 380)
    going = do.whole(do.whole(do.whole(classes, "*", pupils), "-", ill), "+", teachers)
    needed = do.whole(going, "/", seats)
    answer = do.whole(needed, "*", hire)
    return (
        f"{classes} classes of {pupils} pupils go to the sea with {teachers} teachers; {ill} pupils are ill and stay "
        f"at home. Coaches with {seats} seats each are hired for {hire} euros apiece, and every seat is taken. What "
        f"does the hire cost, in euros?"
    ), answer


def fence(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    long, wide, gate, price, costs = (
        draw.randint(12, 45), draw.randint(8, 30), draw.randint(2, 5), draw.randint(9, 24), draw.randint(50, 190)
    )  # fmt: skip
    around = do.whole(do.whole(long, "+", wide), "*", 2)
    metres = do.whole(around, "-", gate)
    answer = do.whole(do.whole(metres, "*", price), "+", costs)
    return (
        f"A rectangular garden measures {long} m by {wide} m. It gets a fence all around, but for a gate of {gate} m. "
        f"A metre of fence costs {price} euros, and the gate costs {costs} euros. What do fence and gate cost "
        f"together, in euros?"
    ), answer


def market(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    jars, price, cost, stand, left = (
        draw.randint(30, 80), draw.randint(5, 9), draw.choice((1, 2, 3)), draw.randint(20, 60), draw.randint(3, 15)
    )  # fmt: skip
    income = do.whole(do.whole(jars, "-", left), "*", price)
    spent = do.whole(do.whole(jars, "*", cost), "+", stand)
    answer = do.whole(income, "-", spent)
    return (
        f"{name} cooks {jars} jars of jam, which costs {cost} euros a jar, and rents a market stand for {stand} euros. "
        f"Each jar sells for {price} euros, and {left} jars remain unsold. How many euros does {name} gain?"
    ), answer


def trains(draw: Random, name: str, do: Working) -> tuple[str, Fraction]:
    cars, seats, share = draw.randint(4, 12), draw.choice((40, 60, 80)), draw.choice((25, 50, 75))
    out, in_ = draw.randint(15, 90), draw.randint(20, 95)
    places = do.whole(cars, "*", seats)
    taken = do.whole(places, "*", Fraction(share, 100))
    aboard = do.whole(do.whole(taken, "-", out), "+", in_)
    answer = do.whole(places, "-", aboard)
    return (
        f"A train of {cars} carriages has {seats} seats in each, and {share}% of all seats are taken. At the next "
        f"station {out} passengers get off and {in_} get on; each has a seat. How many seats are free after that?"
    ), answer


STORIES: tuple[tuple[Story, str], ...] = (
    (crates, "things"), (ribbon, "measures"), (tickets, "money"), (reading, "time"), (stamps, "things"),
    (bakery, "money"), (cyclist, "measures"), (library, "things"), (sale, "percent"), (aquarium, "measures"),
    (wages, "money"), (orchard, "percent"), (tanks, "measures"), (choir, "money"), (flour, "measures"),
    (savings, "money"), (coaches, "things"), (fence, "measures"), (market, "money"), (trains, "percent"),
)  # fmt: skip


def problems(seed: int = SEED) -> list[dict[str, object]]:
    """All rows, of each story as many as of any other, in the order of the stories."""
    draw = Random(seed)
    rows: list[dict[str, object]] = []
    asked: list[str] = []
    while len(rows) < len(STORIES) * OF_A_STORY:
        story, subject = STORIES[len(rows) // OF_A_STORY]
        working = Working()
        try:
            question, answer = story(draw, draw.choice(NAMES), working)
        except Uneven:
            continue
        if any(same(question, other) for other in asked):
            continue
        asked.append(question)
        rows.append({
            "id": f"word-{len(rows) + 1:03}",
            "question": question,
            "answer": shown(answer),
            "rationale": "; ".join(working.steps) + ".",
            "tags": [f"{len(working.steps)} steps", subject],
        })  # fmt: skip
    return rows


def text(rows: list[dict[str, object]]) -> str:
    """Rows as JSONL."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


if __name__ == "__main__":
    OUT.write_text(text(problems()), encoding="utf-8", newline="\n")
