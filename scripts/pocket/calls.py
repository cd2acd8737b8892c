"""Requests over several given functions: the call that is right, its result and the sentence after it, or no call.

Names, descriptions and arguments of the functions vary, so a model has to read what it is given. The schemas are those
of OpenAI's function calling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from pocket.words import CITIES, COLOURS, PEOPLE, PRICED, WEEKDAYS, code, invented

Schema = Mapping[str, object]
NO_FUNCTION = "None of my functions does that."


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a function."""

    names: tuple[str, ...]
    schema: Mapping[str, object]
    value: Callable[[Random], object]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of function, with the ways to name it, to ask for it and to put its result into words."""

    names: tuple[str, ...]
    says: tuple[str, ...]
    arguments: tuple[Argument, ...]
    asked: tuple[str, ...]
    """Requests; `{0}`, `{1}` stand for the values of the arguments."""
    gives: Callable[[Random], str]
    """A result."""
    told: str
    """The sentence after it; `{r}` stands for the result."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, the functions given with it, and what is to be done."""

    tools: tuple[Schema, ...]
    question: str
    name: str
    """Of the function to call; empty where none fits."""
    arguments: Mapping[str, object]
    result: str
    told: str


def _text(*names: str, value: Callable[[Random], object], **more: object) -> Argument:
    return Argument(names, {"type": "string", **more}, value)


def _whole(*names: str, least: int, most: int) -> Argument:
    return Argument(names, {"type": "integer"}, lambda draw: draw.randint(least, most))


def _place(draw: Random) -> str:
    return draw.choice(CITIES) if draw.random() < 0.5 else invented(draw)


def _person(draw: Random) -> str:
    return draw.choice(PEOPLE) if draw.random() < 0.6 else invented(draw)


def _clock(draw: Random) -> str:
    return f"{draw.randint(6, 22)}:{draw.choice(('00', '15', '30', '45'))}"


ROOMS = "kitchen bath hall bedroom cellar office garage".split()

KINDS: tuple[Kind, ...] = (
    Kind(
        ("get_weather", "weather", "forecast", "weather_in"),
        ("The weather of a place.", "Weather forecast for a city."),
        (_text("city", "place", "location", value=_place),),
        ("What is the weather in {0}?", "Will it rain in {0}?", "How warm is it in {0}?", "Do I need a coat in {0}?"),
        lambda draw: f"{draw.choice(('sunny', 'rain', 'cloudy', 'snow', 'windy'))}, {draw.randint(1, 35)} degrees",
        "The weather in {0}: {r}.",
    ),
    Kind(
        ("order_status", "track_order", "find_order"), ("Where an order is.", "The state of an order."),
        (_text("order_id", "order", "number", value=code),),
        ("Where is my order {0}?", "Has order {0} been sent?", "What is the state of order {0}?"),
        lambda draw: draw.choice(("sent on Monday", "in the warehouse", "delivered", "cancelled", "on its way")),
        "Order {0}: {r}.",
    ),
    Kind(
        ("set_timer", "timer", "start_timer"), ("Starts a timer.", "A timer for some minutes."),
        (_whole("minutes", "duration", least=1, most=90),),
        ("Set a timer for {0} minutes.", "Wake me in {0} minutes.", "Start a timer of {0} minutes, please."),
        lambda draw: f"rings at {_clock(draw)}", "The timer is set: it {r}.",
    ),
    Kind(
        ("add", "sum_up", "add_numbers"), ("Adds two numbers.", "The sum of two numbers."),
        (_whole("a", "first", "x", least=2, most=999), _whole("b", "second", "y", least=2, most=999)),
        ("What is {0} plus {1}?", "Add {0} and {1}.", "How much is {0} + {1}?"),
        lambda draw: str(draw.randint(4, 1998)), "The sum is {r}.",
    ),
    Kind(
        ("send_message", "message", "write_to"), ("Sends a message to a person.", "Writes to somebody."),
        (_text("to", "person", "recipient", value=_person),
         _text("text", "body", "content", value=lambda draw: draw.choice((
             "I am late", "dinner is ready", "call me", "the key is here", f"see you at {_clock(draw)}", "thank you",
         ))),),
        ('Tell {0}: "{1}".', 'Write to {0}: "{1}".', 'Send {0} the message "{1}".'),
        lambda draw: draw.choice(("sent", "delivered")), "The message to {0} was {r}.",
    ),
    Kind(
        ("switch_light", "light", "set_light"), ("Switches a light on or off.", "Turns the light of a room on or off."),
        (_text("room", "where", value=lambda draw: draw.choice(ROOMS)),
         _text("state", "to", value=lambda draw: draw.choice(("on", "off")), enum=["on", "off"])),
        ("Turn the light in the {0} {1}.", "Please switch {1} the light in the {0}.", "Light in the {0} {1}, please."),
        lambda draw: "done", "The light in the {0} is {1}.",
    ),
    Kind(
        ("book_table", "reserve_table", "reserve"), ("Books a table.", "Reserves a table in the restaurant."),
        (_whole("guests", "people", "persons", least=2, most=12), _text("time", "at", value=_clock)),
        ("Book a table for {0} at {1}.", "A table for {0} people at {1}, please.", "Reserve for {0} guests at {1}."),
        lambda draw: f"table {draw.randint(1, 40)}", "It is booked: {r}.",
    ),
    Kind(
        ("price_of", "get_price", "look_up_price"), ("The price of an article.", "What an article costs."),
        (_text("article", "item", "product", value=lambda draw: draw.choice(PRICED)),),
        ("What does the {0} cost?", "How much is a {0}?", "What is the price of the {0}?"),
        lambda draw: f"{draw.randint(2, 300)} euros", "The {0} costs {r}.",
    ),
    Kind(
        ("convert", "exchange", "convert_money"), ("Converts euros to another currency.", "Euros in other money."),
        (_whole("euros", "amount", least=5, most=900),
         _text("currency", "into", value=lambda draw: draw.choice("dollars pounds yen francs crowns".split()))),
        ("How much are {0} euros in {1}?", "Convert {0} euros to {1}.", "Change {0} euros into {1}."),
        lambda draw: str(draw.randint(5, 9000)), "That is {r} {1}.",
    ),
    Kind(
        ("next_train", "train", "find_train"), ("The next train between two towns.", "Finds a train."),
        (_text("start", "origin", "source", value=_place), _text("end", "destination", "target", value=_place)),
        ("When does the next train go from {0} to {1}?", "I want to go by train from {0} to {1}.",
         "Find a train from {0} to {1}."),
        lambda draw: f"leaves at {_clock(draw)}", "The next train {r}.",
    ),
    Kind(
        ("open_hours", "opening_hours", "when_open"), ("Opening hours of a shop on a day.", "When a shop is open."),
        (_text("shop", "store", "name", value=lambda draw: invented(draw)),
         _text("day", "weekday", value=lambda draw: draw.choice(WEEKDAYS))),
        ("When is {0} open on {1}?", "What are the hours of {0} on {1}?", "Is {0} open on {1}?"),
        lambda draw: f"{_clock(draw)} to {_clock(draw)}", "{0} on {1}: {r}.",
    ),
    Kind(
        ("paint", "set_colour", "colour_wall"), ("Paints something in a colour.", "Changes the colour of a thing."),
        (_text("thing", "object", "what", value=lambda draw: draw.choice("wall door fence gate roof boat".split())),
         _text("colour", "shade", value=lambda draw: draw.choice(COLOURS))),
        ("Paint the {0} {1}.", "Make the {0} {1}, please.", "I want the {0} in {1}."),
        lambda draw: "done", "The {0} is {1} now.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Function:
    """A kind with the words that were chosen for it."""

    kind: Kind
    name: str
    arguments: tuple[str, ...]
    schema: Schema


def _function(draw: Random, kind: Kind) -> _Function:
    name = draw.choice(kind.names)
    chosen = tuple(draw.choice(each.names) for each in kind.arguments)
    properties = {called: dict(each.schema) for called, each in zip(chosen, kind.arguments, strict=True)}
    parameters = {"type": "object", "properties": properties, "required": list(chosen)}
    described = {"name": name, "description": draw.choice(kind.says), "parameters": parameters}
    return _Function(kind, name, chosen, {"type": "function", "function": described})


def requests(draw: Random, count: int, *, most: int = 4) -> list[Request]:
    """Requests with the same two to `most` functions; for one in five none of them fits."""
    kinds = draw.sample(KINDS, draw.randint(2, most))
    functions = [_function(draw, each) for each in kinds]
    others = [each for each in KINDS if each not in kinds]
    tools = tuple(each.schema for each in functions)
    return [
        _refused(draw, draw.choice(others), tools)
        if draw.random() < 0.2
        else _request(draw, draw.choice(functions), tools)
        for _ in range(count)
    ]


def _refused(draw: Random, kind: Kind, tools: tuple[Schema, ...]) -> Request:
    values = [each.value(draw) for each in kind.arguments]
    return Request(tools, draw.choice(kind.asked).format(*values), "", {}, "", NO_FUNCTION)


def _request(draw: Random, wanted: _Function, tools: tuple[Schema, ...]) -> Request:
    values = [each.value(draw) for each in wanted.kind.arguments]
    result = wanted.kind.gives(draw)
    question = draw.choice(wanted.kind.asked).format(*values)
    told = wanted.kind.told.format(*values, r=result)
    return Request(tools, question, wanted.name, dict(zip(wanted.arguments, values, strict=True)), result, told)
