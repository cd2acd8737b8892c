"""Turns in the journal: what each asked of the world, what came back, and what the user saw of it meanwhile."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

from chatbot import codec
from chatbot.database import Database
from chatbot.journal.presence import Presence
from chatbot.journal.records import EffectRecord, MessageState, Recalled
from chatbot.journal.responses import keep, packed
from chatbot.journal.rows import built
from chatbot.messages import Usage
from chatbot.raw_reply import RawReply

BEGIN_TURN = """
    INSERT INTO turn (id, session, model, prompt, question, parent, process, started)
    VALUES (?1, ?2, ?3, ?4, ?5, (SELECT head FROM session WHERE id = ?2), ?6, ?7)
"""

INTENT = "INSERT INTO effect (turn, kind, request, started, key) VALUES (?, ?, ?, ?, ?)"
_RECALL = """
    SELECT result, started FROM effect JOIN result ON result.effect = effect.id
    WHERE key = ? AND started >= ? AND NOT failed ORDER BY effect.id DESC LIMIT 1
"""
_TOOL_RESULT = """
    SELECT result FROM effect JOIN result ON result.effect = effect.id JOIN turn AS made ON made.id = effect.turn,
        turn AS asking
    WHERE effect.id = ?2 AND kind = 'tool' AND NOT failed AND asking.id = ?1 AND (
        made.id = asking.id OR made.session = asking.session
        OR EXISTS (SELECT 1 FROM message WHERE message.session = asking.session AND message.turn = made.id))
"""
"""In the turn that asks, in another of its conversation, or in one that its conversation was forked from."""

RESULT = "INSERT INTO result (effect, result, failed, ended) VALUES (?, ?, ?, ?)"

CLOSE_TURN = "UPDATE turn SET state = ?, ended = ? WHERE id = ? AND state IS NULL"

_SHOW = "INSERT INTO shown SELECT ?1, 1 + coalesce(max(piece), 0), ?2 FROM shown WHERE effect = ?1"

_TRACE = """
    SELECT effect.id, kind, request, result, failed, started, ended
    FROM effect LEFT JOIN result ON result.effect = effect.id WHERE turn = ? ORDER BY effect.id
"""

_USED = """
    SELECT json_extract(result, '$.usage') AS used
    FROM turn JOIN effect ON effect.turn = turn.id JOIN result ON result.effect = effect.id
    WHERE turn.session = ? AND kind = 'generate' AND used IS NOT NULL
"""


class Turns:
    """Turns and their effects. Part of `Journal`."""

    _database: Database
    _presence: Presence

    def begin_turn(self, session_id: str | None, trace_id: str, *, model: str, prompt: str, question: str = "") -> None:
        """Opens a turn; effects belong to one. `session_id` None: it is not part of a conversation.

        question: what the user typed. It is kept from here on, while its message is not complete before the search.
        """
        with self._database.transaction() as connection:
            process = self._presence.announce()
            row = (trace_id, session_id, model, prompt, codec.encode(question), process, time.time())
            connection.execute(BEGIN_TURN, row)

    def end_turn(self, trace_id: str, state: MessageState) -> None:
        """Closes a turn. A turn that is closed already stays as it is."""
        self._database.write(CLOSE_TURN, (state, time.time(), trace_id))

    def intend(self, trace_id: str, kind: str, request: object, *, key: str | None = None) -> int:
        """Id of an effect that is about to be performed; call it before anything leaves the program.

        key: under which `recall` finds the result again; None for a result that serves once.
        """
        row = (trace_id, kind, codec.encode(request), time.time(), key)
        number = self._database.write(INTENT, row)
        assert number is not None
        return number

    def settle(
        self, effect_id: int, result: object, *, failed: bool = False, received: Sequence[RawReply] = ()
    ) -> None:
        """Keeps the result of an effect; call it before the result is used. An effect has one result.

        received: the responses that it was made of.
        """
        row = (effect_id, codec.encode(result), failed, time.time())
        if not received:
            self._database.write(RESULT, row)
            return
        rows = packed(received)
        with self._database.transaction() as connection:
            keep(connection, effect_id, rows)
            connection.execute(RESULT, row)

    def recall(self, key: str, *, since: float = 0.0) -> Recalled | None:
        """The latest result that was kept under `key` and had not failed, of an effect begun at `since` or later."""
        found = self._database.read(_RECALL, (key, since))
        return Recalled(codec.decode(found[0][0]), found[0][1]) if found else None

    def tool_result(self, trace_id: str, effect_id: int) -> Mapping[str, Any] | None:
        """What a tool returned in this turn's conversation; None for what belongs to another one."""
        found = self._database.read(_TOOL_RESULT, (trace_id, effect_id))
        return cast(Mapping[str, Any], codec.decode(found[0][0])) if found else None

    async def committed(self) -> None:
        """All that was written is on the disk as soon as it is written; for `Ledger`."""

    def record(self, trace_id: str, kind: str, request: object, result: object) -> None:
        """Keeps an effect with its result in one commit: for effects that change nothing and cost nothing to repeat."""
        now = time.time()
        with self._database.transaction() as connection:
            number = connection.execute(INTENT, (trace_id, kind, codec.encode(request), now, None)).lastrowid
            connection.execute(RESULT, (number, codec.encode(result), False, now))

    def show(self, effect_id: int, text: str) -> None:
        """Keeps a piece of streamed text; call it before the piece reaches the screen."""
        self._database.write(_SHOW, (effect_id, codec.encode(text)))

    def shown(self, effect_id: int) -> str:
        """The text of an effect that reached the screen."""
        sql = "SELECT text FROM shown WHERE effect = ? ORDER BY piece"
        return "".join(codec.decode(text) for (text,) in self._database.read(sql, (effect_id,)))

    def trace(self, trace_id: str) -> list[EffectRecord]:
        """All effects of a turn, in the order in which they were begun."""
        return [
            EffectRecord(
                number,
                kind,
                codec.decode(request),
                codec.decode(result) if result else None,
                bool(failed),
                started,
                ended,
                self.shown(number),
            )
            for number, kind, request, result, failed, started, ended in self._database.read(_TRACE, (trace_id,))
        ]

    def usage(self, session_id: str) -> Usage:
        """Tokens, money and time of all answers of the model in a session, on all its branches."""
        total = Usage()
        for (used,) in self._database.read(_USED, (session_id,)):
            total += built(Usage, used)
        return total
