"""Several flows as one: each round performs the next effects of every flow together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from chatbot.effects import Effect, Flow, Together
from chatbot.errors import ChatbotError

T = TypeVar("T")


def side_by_side(flows: Sequence[Flow[T]]) -> Flow[list[T | ChatbotError]]:
    """What the flows return, in their order; of one that failed its error.

    Flows go in step: a round ends with its slowest effect. That costs little where they are alike, such as samples of
    one strategy, and lets samples of one request go out as one.
    """
    lanes = [_Lane(flow) for flow in flows]
    for lane in lanes:
        lane.start()
    while waiting := [lane for lane in lanes if lane.ended is None]:
        effects = [effect for lane in waiting for effect in lane.effects]
        results = iter((yield Together(tuple(effects), keep_failures=True)) if effects else ())
        for lane in waiting:
            lane.go_on([next(results) for _ in lane.effects])
    return [lane.ended[0] for lane in lanes if lane.ended]


class _Lane(Generic[T]):
    """One of the flows, and where it stands."""

    def __init__(self, flow: Flow[T]) -> None:
        self._flow = flow
        self._asked: Effect | None = None
        self.ended: tuple[T | ChatbotError] | None = None

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What it waits for."""
        if isinstance(self._asked, Together):
            return self._asked.effects
        return () if self._asked is None else (self._asked,)

    def start(self) -> None:
        """Goes up to the first effect."""
        self._step(None, None)

    def go_on(self, results: Sequence[object]) -> None:
        """Goes on with the results of its effects, of which some may be errors."""
        failure = next((each for each in results if isinstance(each, ChatbotError)), None)
        if not isinstance(self._asked, Together):
            self._step(results[0], failure)
        elif self._asked.keep_failures:
            self._step(tuple(results), None)
        else:
            self._step(tuple(results), failure)

    def _step(self, result: object, failure: ChatbotError | None) -> None:
        try:
            self._asked = self._flow.send(result) if failure is None else self._flow.throw(failure)
        except StopIteration as done:
            self.ended = (done.value,)
        except ChatbotError as error:
            self.ended = (error,)
