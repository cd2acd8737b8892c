"""Spending under a cap: what is set aside counts at once, for everybody, and until it is known what a call took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from forked import forked, forking

from chatbot.journal import Journal
from chatbot.journal.purses import Account, Amount, Bounds

FREE = Bounds()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with closing(Journal(path)) as journal:
        journal.open_purse("p", Amount)
        yield journal


def standing(journal: Journal, purse: str = "p") -> Account:
    """How a purse that is open already stands."""
    return journal.exchange(purse, [], [], FREE)


def test_amounts_add_up() -> None:
    assert Amount(1, 20, 300) + Amount(4, 50, 600) == Amount(5, 70, 900)


@pytest.mark.parametrize(
    ("bounds", "amount", "holds"),
    [
        (Bounds(), Amount(10**18, 10**18), True),
        (Bounds(nanodollars=10), Amount(10, 10**18), True),
        (Bounds(nanodollars=10), Amount(11, 0), False),
        (Bounds(tokens=10), Amount(10**18, 10), True),
        (Bounds(tokens=10), Amount(0, 11), False),
        (Bounds(10, 10), Amount(10, 10), True),
        (Bounds(10, 10), Amount(11, 10), False),
        (Bounds(10, 10), Amount(10, 11), False),
        (Bounds(0, 0), Amount(0, 0), True),
    ],
)
def test_all_may_be_spent_and_no_more(bounds: Bounds, amount: Amount, holds: bool) -> None:
    assert bounds.hold(amount) is holds


def test_a_purse_begins_with_what_was_spent_before_and_asks_for_that_once(journal: Journal, path: Path) -> None:
    def again() -> Amount:
        raise AssertionError("it is known")

    begun = Account(Amount(5, 7, 1), Amount())
    assert journal.open_purse("run", lambda: Amount(5, 7, 1)) == begun
    with closing(Journal(path)) as other:
        assert other.open_purse("run", again) == begun
    assert standing(journal) == Account(Amount(), Amount()), "another purse"


def test_what_is_set_aside_is_held_for_all_to_see_until_it_is_settled(journal: Journal, path: Path) -> None:
    account = journal.exchange("p", [], [Amount(10, 3), Amount(4, 2)], FREE)
    first, second = account.reserved
    assert account == Account(Amount(), Amount(14, 5), (first, second))
    with closing(Journal(path)) as other:
        assert other.open_purse("p", Amount) == Account(Amount(), Amount(14, 5))
        assert other.exchange("p", [(first, Amount(6, 2, 1))], [], FREE) == Account(Amount(6, 2, 1), Amount(4, 2))
    assert journal.exchange("p", [(second, Amount())], [], FREE) == Account(Amount(6, 2, 1), Amount())


def test_what_was_set_aside_is_settled_once(journal: Journal) -> None:
    (number,) = journal.exchange("p", [], [Amount(10, 3)], FREE).reserved
    journal.exchange("p", [(number, Amount(6, 2))], [], FREE)
    assert journal.exchange("p", [(number, Amount(6, 2)), (999, Amount(1, 1))], [], FREE).spent == Amount(6, 2)


def test_who_comes_first_is_served_first_and_those_after_one_without_room_get_nothing(journal: Journal) -> None:
    bounds = Bounds(nanodollars=10)
    account = journal.exchange("p", [], [Amount(6), Amount(4), Amount(1), Amount(0)], bounds)
    assert len(account.reserved) == 2
    assert account.held == Amount(10)
    journal.exchange("p", [(account.reserved[0], Amount(5))], [], bounds)
    assert journal.exchange("p", [], [Amount(2), Amount(1)], bounds).reserved == ()
    assert len(journal.exchange("p", [], [Amount(1), Amount(1)], bounds).reserved) == 1


def test_what_is_settled_makes_room_in_the_same_moment(journal: Journal) -> None:
    bounds = Bounds(tokens=10)
    (number,) = journal.exchange("p", [], [Amount(0, 10)], bounds).reserved
    account = journal.exchange("p", [(number, Amount(0, 4))], [Amount(0, 6)], bounds)
    assert (account.spent, account.held, len(account.reserved)) == (Amount(0, 4), Amount(0, 6), 1)


def test_purses_do_not_draw_on_each_other(journal: Journal) -> None:
    journal.open_purse("other", lambda: Amount(1, 1))
    bounds = Bounds(tokens=5)
    journal.exchange("p", [], [Amount(0, 5)], bounds)
    assert len(journal.exchange("other", [], [Amount(0, 4)], bounds).reserved) == 1
    assert standing(journal).held == Amount(0, 5)
    assert standing(journal, "other") == Account(Amount(1, 1), Amount(0, 4))


@forking
def test_what_a_program_had_set_aside_that_died_counts_as_spent(journal: Journal) -> None:
    mine = journal.exchange("p", [], [Amount(1, 1)], FREE).reserved
    forked(lambda: len(journal.exchange("p", [], [Amount(10, 3), Amount(20, 4)], FREE).reserved))()
    assert standing(journal) == Account(Amount(), Amount(31, 8)), "nobody needed to know yet"
    assert journal.open_purse("p", Amount) == Account(Amount(30, 7, 2), Amount(1, 1)), "two calls were cut"
    assert journal.open_purse("p", Amount) == Account(Amount(30, 7, 2), Amount(1, 1)), "once"
    assert journal.exchange("p", [(mine[0], Amount(1, 1))], [], FREE) == Account(Amount(31, 8, 2), Amount())


@forking
def test_who_finds_no_room_learns_that_a_dead_program_will_free_none(journal: Journal) -> None:
    forked(lambda: len(journal.exchange("p", [], [Amount(0, 8)], FREE).reserved))()
    account = journal.exchange("p", [], [Amount(0, 2), Amount(0, 1)], Bounds(tokens=10))
    assert (account.spent, account.held, len(account.reserved)) == (Amount(0, 8, 1), Amount(0, 2), 1)


def test_a_purse_that_is_forgotten_begins_anew(journal: Journal) -> None:
    (number,) = journal.exchange("p", [], [Amount(10, 3)], FREE).reserved
    journal.open_purse("other", lambda: Amount(2))
    journal.forget_purse("p")
    journal.forget_purse("never opened")
    assert journal.open_purse("p", lambda: Amount(7)) == Account(Amount(7), Amount())
    assert journal.exchange("p", [(number, Amount(1))], [], FREE).spent == Amount(7), "it was forgotten with its purse"
    assert standing(journal, "other").spent == Amount(2)
