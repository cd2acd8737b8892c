"""Spending under a cap, counted in the journal: set aside before a call leaves, settled when it has ended.

Whether there is room is decided in the transaction that sets it aside, so whoever asks, in whichever thread or program,
no cap is passed. What was set aside by a program that died counts as spent: nobody knows what its call has taken.

Amounts are whole numbers, which add up exactly: billionths of a US dollar, and tokens.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chatbot.database import Database
from chatbot.journal.presence import Presence


@dataclass(frozen=True, slots=True)
class Amount:
    """Money and tokens."""

    nanodollars: int = 0
    tokens: int = 0
    cut: int = 0
    """Calls of it that count as much as they can have taken."""

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.nanodollars + other.nanodollars, self.tokens + other.tokens, self.cut + other.cut)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Most that may be spent; None for no bound."""

    nanodollars: int | None = None
    tokens: int | None = None

    def hold(self, sum_: Amount) -> bool:
        """Whether so much may be spent."""
        return (self.nanodollars is None or sum_.nanodollars <= self.nanodollars) and (
            self.tokens is None or sum_.tokens <= self.tokens
        )


@dataclass(frozen=True, slots=True)
class Account:
    """How a purse stands."""

    spent: Amount
    held: Amount
    """Set aside for calls in flight, of all programs."""
    reserved: tuple[int, ...] = ()
    """Ids of what has been set aside just now."""


_ADD = "UPDATE spending SET nanodollars = nanodollars + ?, tokens = tokens + ?, cut = cut + ? WHERE purse = ?"


class Purses:
    """Spending under caps. Part of `Journal`."""

    _database: Database
    _presence: Presence

    def open_purse(self, purse: str, so_far: Callable[[], Amount]) -> Account:
        """How a purse stands, with what programs left that died. so_far: spent before there was one."""
        with self._database.transaction() as connection:
            if not connection.execute("SELECT 1 FROM spending WHERE purse = ?", (purse,)).fetchone():
                spent = so_far()
                row = (purse, spent.nanodollars, spent.tokens, spent.cut)
                connection.execute("INSERT INTO spending VALUES (?, ?, ?, ?)", row)
            self._bury(connection, purse)
            return _account(connection, purse)

    def forget_purse(self, purse: str) -> None:
        """Counts no longer, as where the cap is gone; opened again, what was spent is told by `so_far`."""
        if self._database.read("SELECT 1 FROM spending WHERE purse = ?", (purse,)):
            self._database.write("DELETE FROM spending WHERE purse = ?", (purse,))

    def exchange(
        self, purse: str, settled: Sequence[tuple[int, Amount]], wanted: Sequence[Amount], bounds: Bounds
    ) -> Account:
        """Counts what calls took, and sets aside for the next ones, in one commit.

        settled: ids of what was set aside, with what was taken. wanted: first come, first served; where one finds no
        room beside what is spent and in flight, it and those after it get nothing.
        """
        with self._database.transaction() as connection:
            for number, took in settled:
                if connection.execute("DELETE FROM reservation WHERE id = ?", (number,)).rowcount:
                    connection.execute(_ADD, (took.nanodollars, took.tokens, took.cut, purse))
            account = self._reserve(connection, purse, wanted, bounds)
            if len(account.reserved) < len(wanted) and self._bury(connection, purse):
                account = replace(_account(connection, purse), reserved=account.reserved)
        return account

    def _reserve(self, connection: sqlite3.Connection, purse: str, wanted: Sequence[Amount], bounds: Bounds) -> Account:
        account, reserved = _account(connection, purse), []
        held = account.held
        for most in wanted:
            if not bounds.hold(account.spent + held + most):
                break
            row = (purse, self._presence.announce(), most.nanodollars, most.tokens)
            sql = "INSERT INTO reservation (purse, process, nanodollars, tokens) VALUES (?, ?, ?, ?)"
            number = connection.execute(sql, row).lastrowid
            assert number is not None
            reserved.append(number)
            held += most
        return Account(account.spent, held, tuple(reserved))

    def _bury(self, connection: sqlite3.Connection, purse: str) -> bool:
        """Counts as spent what programs had set aside that are gone; whether there was any."""
        holders = connection.execute("SELECT DISTINCT process FROM reservation WHERE purse = ?", (purse,)).fetchall()
        dead = [process for (process,) in holders if not self._presence.is_alive(process)]
        for process in dead:
            which = (purse, process)
            sql = "SELECT sum(nanodollars), sum(tokens), count(*) FROM reservation WHERE purse = ? AND process = ?"
            connection.execute(_ADD, (*connection.execute(sql, which).fetchone(), purse))
            connection.execute("DELETE FROM reservation WHERE purse = ? AND process = ?", which)
        return bool(dead)


def _account(connection: sqlite3.Connection, purse: str) -> Account:
    sql = "SELECT nanodollars, tokens, cut FROM spending WHERE purse = ?"
    spent = Amount(*connection.execute(sql, (purse,)).fetchone())
    sql = "SELECT coalesce(sum(nanodollars), 0), coalesce(sum(tokens), 0) FROM reservation WHERE purse = ?"
    return Account(spent, Amount(*connection.execute(sql, (purse,)).fetchone()))
