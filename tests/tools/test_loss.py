"""What a lenient reading loses is found, with its place; what it only writes in another way is not."""

from __future__ import annotations

import dataclasses
import datetime
import enum
from collections import deque
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel

from chatbot.tools.loss import lost


class Level(enum.Enum):
    ONE = 1


class Switch(enum.Enum):
    ON = True


@dataclasses.dataclass
class Point:
    x: float


class Order(BaseModel):
    number: int
    sender: str = Field("", validation_alias=AliasChoices("from", "von"))


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class Numbers(RootModel[dict[str, int]]):
    pass


NOON = datetime.time(12)


@pytest.mark.parametrize(
    ("given", "read", "place", "said"),
    [
        (True, 1, "", "input should be a number, not true"),
        (False, 0.0, "", "input should be a number"),
        (True, Decimal(1), "", "input should be a number"),
        (True, Fraction(1), "", "input should be a number"),
        (True, Level.ONE, "", "input should be a number"),
        (1.1, "1.1", "", "input should be text, in quotes, not 1.1"),
        (2**53 + 1, float(2**53), "", "has more digits than a number of this kind can hold"),
        (str(2**53 + 1), float(2**53), "", "has more digits than a number of this kind can hold"),
        (0, datetime.date(1970, 1, 1), "", 'input should be text such as "2024-02-29", not 0'),
        ("0", datetime.datetime(1970, 1, 1), "", 'such as "2024-02-29T18:30:00", not "0"'),
        (43200, NOON, "", 'such as "18:30:00"'),
        (90, datetime.timedelta(seconds=90), "", 'such as "PT1H30M" or "01:30:00", not 90'),
        ("1.5", datetime.timedelta(seconds=1.5), "", "input should be text"),
        ([1, True], [1, 1], "1", "input should be a number"),
        ([1, True], (1, 1), "1", "input should be a number"),
        ([True], deque([1]), "0", "input should be a number"),
        ([2, True], {2, 1}, "1", "input should be a number"),
        ({"a": [True]}, {"a": [1]}, "a.0", "input should be a number"),
        ({"1": True}, {1: 1}, "1", "input should be a number"),
        ({"1": 2, "01": 3}, {1: 3}, "", 'two of the keys ["1", "01"] are the same'),
        ({"x": True}, Point(1.0), "x", "input should be a number"),
        ({"number": True}, Order(number=1), "number", "input should be a number"),
        ({"number": 1, "numer": 2}, Order(number=1), "numer", "there is no 'numer'"),
        ({"order": {"number": 1, "x": 2}}, {"order": Order(number=1)}, "order.x", "there is no 'order.x'"),
        ({"a": True}, Numbers({"a": 1}), "a", "input should be a number"),
    ],
)
def test_what_is_lost_has_a_place(given: Any, read: Any, place: str, said: str) -> None:
    found = lost(given, read)
    assert found is not None
    assert found[0] == place
    assert said in found[1]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("3", 3),
        (3.0, 3),
        (3, 3.0),
        ("0.1", Decimal("0.1")),
        (True, True),
        (True, Switch.ON),
        (1, Level.ONE),
        (17, "17"),
        ("2024-02-29", datetime.date(2024, 2, 29)),
        ("12:00", NOON),
        ("PT90S", datetime.timedelta(seconds=90)),
        ([1, 1, 2], {1, 2}),
        ([True, 1.5, "a"], [True, 1.5, "a"]),
        ({"1": "a", "2": "b"}, {1: "a", 2: "b"}),
        ({"x": 1}, Point(1.0)),
        ({"number": 1, "von": "Bo"}, Order.model_validate({"number": 1, "von": "Bo"})),
        ({"anything": 1}, Open.model_validate({"anything": 1})),
        ({"a": 1}, Numbers({"a": 1})),
        (None, None),
        ([], []),
        ({}, {}),
    ],
)
def test_what_is_only_written_in_another_way_is_not_lost(given: Any, read: Any) -> None:
    assert lost(given, read) is None
