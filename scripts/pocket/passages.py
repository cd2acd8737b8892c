"""Made-up facts, passages that state them, and questions that the passages answer or do not.

The subjects have names that nobody has seen, so an answer can only be copied. An answer is the sentence of the passage,
word for word, and its number in brackets; where no passage says it, the answer declines and names what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from pocket.words import CITIES, COLOURS, MATERIALS, MONTHS, PEOPLE, WEEKDAYS, code, invented

DECLINED = "The documents do not say."
"""What the shipped prompt `chat` asks for where no passage holds the answer."""

Value = Callable[[Random], str]


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that can be said of a subject."""

    called: str
    """What a refusal names: `the price`."""
    said: tuple[str, ...]
    """Sentences with `{s}` for the subject and `{v}` for the value."""
    asked: tuple[str, ...]
    """Questions with `{s}` for the subject."""
    value: Value


@dataclass(frozen=True, slots=True)
class Passage:
    """A numbered text of a document."""

    number: int
    source: str
    text: str

    def as_input(self) -> dict[str, object]:
        """What the prompt takes."""
        return {"number": self.number, "source": self.source, "text": self.text}


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question over passages and what is to be answered."""

    passages: tuple[Passage, ...]
    question: str
    answer: str
    value: str
    """What the answer must hold; empty where it must decline."""


def _time(draw: Random) -> str:
    return f"{draw.randint(6, 22)}:{draw.choice(('00', '15', '30', '45'))}"


def _day(draw: Random) -> str:
    return f"{draw.randint(1, 28)} {draw.choice(MONTHS)}"


def _number(least: int, most: int, unit: str) -> Value:
    return lambda draw: f"{draw.randint(least, most)} {unit}"


def _one_of(choices: list[str]) -> Value:
    return lambda draw: draw.choice(choices)


def _person(draw: Random) -> str:
    return f"{draw.choice(PEOPLE)} {invented(draw)}"


def _phone(draw: Random) -> str:
    return f"0{draw.randint(100, 999)} {draw.randint(1000, 99999)}"


ATTRIBUTES: dict[str, Attribute] = {
    "opens": Attribute(
        "the opening time",
        ("{s} opens at {v}.", "The doors of {s} open at {v}.", "{s} is open from {v}."),
        ("When does {s} open?", "At what time does {s} open?", "From when is {s} open?"), _time,
    ),
    "closes": Attribute(
        "the closing time",
        ("{s} closes at {v}.", "The doors of {s} close at {v}.", "{s} shuts at {v}."),
        ("When does {s} close?", "At what time does {s} close?", "Until when is {s} open?"), _time,
    ),
    "closed": Attribute(
        "the day of rest",
        ("{s} is closed on {v}.", "On {v} {s} stays closed."),
        ("On which day is {s} closed?", "Which day does {s} stay closed?"), lambda draw: f"{draw.choice(WEEKDAYS)}s",
    ),
    "price": Attribute(
        "the price",
        ("{s} costs {v}.", "The price of {s} is {v}.", "For {s} one pays {v}."),
        ("How much does {s} cost?", "What is the price of {s}?", "What does {s} cost?"), _number(2, 990, "euros"),
    ),
    "material": Attribute(
        "the material",
        ("{s} is made of {v}.", "{s} consists of {v}."),
        ("What is {s} made of?", "Which material is {s} made of?"), _one_of(MATERIALS),
    ),
    "colour": Attribute(
        "the colour",
        ("{s} is painted {v}.", "The colour of {s} is {v}.", "{s} is {v}."),
        ("Which colour is {s}?", "What colour does {s} have?"), _one_of(COLOURS),
    ),
    "founded": Attribute(
        "the year of its beginning",
        ("{s} was founded in {v}.", "{s} was built in {v}.", "{s} has existed since {v}."),
        ("When was {s} founded?", "In which year was {s} built?", "Since when has {s} existed?"),
        lambda draw: str(draw.randint(1650, 2024)),
    ),
    "begins": Attribute(
        "the date",
        ("{s} begins on {v}.", "{s} takes place on {v}."),
        ("When does {s} begin?", "On which day does {s} take place?", "What is the date of {s}?"), _day,
    ),
    "code": Attribute(
        "the code",
        ("The code of {s} is {v}.", "{s} has the code {v}.", "{s} is listed as {v}."),
        ("What is the code of {s}?", "Which code does {s} have?"), code,
    ),
    "place": Attribute(
        "the place",
        ("{s} is in {v}.", "{s} can be found in {v}.", "The home of {s} is {v}."),
        ("Where is {s}?", "In which town is {s}?", "Where can I find {s}?"), _one_of(CITIES),
    ),
    "head": Attribute(
        "the person in charge",
        ("{s} is led by {v}.", "{v} is in charge of {s}.", "The head of {s} is {v}."),
        ("Who leads {s}?", "Who is in charge of {s}?", "Who is the head of {s}?"), _person,
    ),
    "weight": Attribute(
        "the weight",
        ("{s} weighs {v}.", "The weight of {s} is {v}."),
        ("How heavy is {s}?", "What does {s} weigh?", "How much does {s} weigh?"), _number(2, 900, "kilograms"),
    ),
    "length": Attribute(
        "the length",
        ("{s} is {v} long.", "The length of {s} is {v}."),
        ("How long is {s}?", "What is the length of {s}?"), _number(2, 900, "metres"),
    ),
    "seats": Attribute(
        "the number of seats",
        ("{s} has {v}.", "There are {v} in {s}.", "{s} offers {v}."),
        ("How many seats does {s} have?", "How many seats are there in {s}?"), _number(12, 990, "seats"),
    ),
    "phone": Attribute(
        "the telephone number",
        ("The telephone number of {s} is {v}.", "{s} can be called at {v}."),
        ("What is the telephone number of {s}?", "How can I call {s}?"), _phone,
    ),
    "warranty": Attribute(
        "the warranty",
        ("The warranty of {s} lasts {v}.", "{s} has a warranty of {v}."),
        ("How long does the warranty of {s} last?", "Which warranty does {s} have?"), _number(2, 36, "months"),
    ),
    "returned": Attribute(
        "the time for returns",
        ("{s} may be returned within {v}.", "{s} can be sent back within {v}."),
        ("How long may I return {s}?", "Within which time may {s} be returned?"), _number(5, 90, "days"),
    ),
    "password": Attribute(
        "the password",
        ("The password of {s} is {v}.", "{s} asks for the password {v}."),
        ("What is the password of {s}?", "Which password does {s} ask for?"),
        lambda draw: invented(draw, syllables=3).lower(),
    ),
    "made by": Attribute(
        "the maker",
        ("{s} was designed by {v}.", "{v} designed {s}."),
        ("Who designed {s}?", "By whom was {s} designed?"), _person,
    ),
    "bus": Attribute(
        "the bus line",
        ("{v} stops at {s}.", "{s} is reached by {v}."),
        ("Which bus goes to {s}?", "How do I get to {s}?"), lambda draw: f"bus {draw.randint(2, 99)}",
    ),
}  # fmt: skip

KINDS: dict[str, tuple[str, ...]] = {
    "museum library bakery theatre school hotel pool garden clinic workshop station cinema": (
        "opens", "closes", "closed", "founded", "place", "head", "seats", "phone", "bus", "code", "colour", "made by",
    ),
    "lamp chair table bicycle tent kettle printer drill camera radio boat stove": (
        "price", "material", "colour", "weight", "warranty", "returned", "code", "made by", "founded", "password",
    ),
    "course festival concert market race meeting exhibition lecture": (
        "begins", "opens", "closes", "price", "place", "head", "seats", "phone", "code",
    ),
    "bridge tower ferry tunnel statue wall railway": (
        "length", "weight", "material", "colour", "founded", "place", "made by", "price", "bus",
    ),
}  # fmt: skip
"""Nouns of subjects, and what may be said of them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something with facts: `the Ormel museum`."""

    name: str
    noun: str
    facts: dict[str, tuple[str, str]]
    """By attribute: the sentence and its value."""


def _subject(draw: Random, noun_of: str | None = None) -> Subject:
    nouns = draw.choice([each for each in KINDS if noun_of is None or noun_of in each.split()])
    noun = noun_of or draw.choice(nouns.split())
    name = draw.choice((
        f"the {invented(draw)} {noun}", f"the {invented(draw)} {noun}", f"the {noun} {invented(draw)}",
        f"the {noun} {code(draw)}", f"the {draw.choice(CITIES)} {noun}", f"the {draw.choice(COLOURS)} {noun}",
    ))  # fmt: skip
    chosen = draw.sample(KINDS[nouns], draw.randint(1, 4))
    return Subject(name, noun, {each: _stated(draw, ATTRIBUTES[each], name) for each in chosen})


def _stated(draw: Random, attribute: Attribute, name: str) -> tuple[str, str]:
    value = attribute.value(draw)
    sentence = draw.choice(attribute.said).format(s=name, v=value)
    return sentence[0].upper() + sentence[1:], value


def lookups(draw: Random, count: int, *, most: int = 5) -> list[Lookup]:
    """Questions over the same one to `most` passages; one in three has no answer in them."""
    subjects = [_subject(draw)]
    for _ in range(draw.randint(0, most - 1)):
        other = _subject(draw, subjects[0].noun if draw.random() < 0.4 else None)
        if other.name not in {each.name for each in subjects}:
            subjects.append(other)
    draw.shuffle(subjects)
    passages = tuple(_passage(draw, number, each) for number, each in enumerate(subjects, start=1))
    if draw.random() < 0.05:
        return [_unanswerable(draw, subjects, ()) for _ in range(count)]
    return [
        (_unanswerable if draw.random() < 0.34 else _answerable)(draw, subjects, passages) for _ in range(count)
    ]  # fmt: skip


def _answerable(draw: Random, subjects: list[Subject], passages: tuple[Passage, ...]) -> Lookup:
    at = draw.randrange(len(subjects))
    name = draw.choice(list(subjects[at].facts))
    sentence, value = subjects[at].facts[name]
    question = draw.choice(ATTRIBUTES[name].asked).format(s=subjects[at].name)
    return Lookup(passages, question, f"{sentence} [{passages[at].number}]", value)


def _unanswerable(draw: Random, subjects: list[Subject], passages: tuple[Passage, ...]) -> Lookup:
    """Asks for what is not said of a subject of the passages, or for a subject that none of them is about."""
    asked = draw.choice(subjects) if draw.random() < 0.6 else _subject(draw, draw.choice(subjects).noun)
    if asked not in subjects and asked.name in {each.name for each in subjects}:
        return _unanswerable(draw, subjects, passages)
    possible = next(kind for nouns, kind in KINDS.items() if asked.noun in nouns.split())
    absent = [each for each in possible if asked not in subjects or each not in asked.facts]
    name = draw.choice(absent)
    question = draw.choice(ATTRIBUTES[name].asked).format(s=asked.name)
    return Lookup(passages, question, f"{DECLINED} {_missing(ATTRIBUTES[name], asked)}", "")


def _missing(attribute: Attribute, subject: Subject) -> str:
    missing = f"{attribute.called} of {subject.name} is missing."
    return missing[0].upper() + missing[1:]


def _passage(draw: Random, number: int, subject: Subject) -> Passage:
    sentences = [sentence for sentence, _ in subject.facts.values()]
    text = draw.choice((" ", " ", "\n")).join(sentences)
    if draw.random() < 0.25:
        text = f"# {subject.name[4:]}\n\n{text}"
    stem = draw.choice((subject.noun, invented(draw).lower(), "notes", "facts", f"{subject.noun}s", "guide"))
    return Passage(number, f"{stem}.{draw.choice(('md', 'md', 'txt', 'pdf'))}", text)
