"""What the runtime needs of a journal: the effects of turns, written down before they happen and when they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from chatbot.journal.records import Recalled
from chatbot.raw_reply import RawReply


class Ledger(Protocol):
    """Keeps effects. `Journal` commits each at once; `Gathering` commits together what comes in the same moment."""

    def intend(self, trace_id: str, kind: str, request: object, *, key: str | None = ...) -> int:
        """Id of an effect that is about to be performed; see `committed`."""

    def settle(self, effect_id: int, result: object, *, failed: bool = ..., received: Sequence[RawReply] = ...) -> None:
        """Keeps the result of an effect, and the responses that it was made of."""

    def record(self, trace_id: str, kind: str, request: object, result: object) -> None:
        """Keeps an effect with its result."""

    def show(self, effect_id: int, text: str) -> None:
        """Keeps a piece of streamed text."""

    def recall(self, key: str, *, since: float = ...) -> Recalled | None:
        """The latest result that was kept under `key` and had not failed."""

    def tool_result(self, trace_id: str, effect_id: int) -> Mapping[str, Any] | None:
        """What a tool returned in this turn's conversation; None for what belongs to another one."""

    async def committed(self) -> None:
        """Returns when all that was written is on the disk. To be awaited before anything leaves the program."""
