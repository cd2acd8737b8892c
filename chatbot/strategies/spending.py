"""What a flow spends, counted and bounded from outside: no strategy counts for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from chatbot.effects import Effect, Flow, Generate, Together
from chatbot.errors import BudgetSpent, ChatbotError, OutOfTime
from chatbot.messages import Budget, Reply, ToolResult, Usage

T = TypeVar("T")


NONE = Budget()


def metered(flow: Flow[T], budget: Budget = NONE) -> Flow[tuple[T, Usage]]:
    """What the flow returns, and what it spent.

    Where the budget is spent BudgetSpent is thrown into the flow in place of a reply; of requests that go out together
    those go out that it still allows.
    """
    meter = _Meter(budget)
    result: object = None
    failure: ChatbotError | None = None
    while True:
        try:
            effect = flow.send(result) if failure is None else flow.throw(failure)
        except StopIteration as done:
            return done.value, meter.usage
        try:
            result, failure = (yield from meter.perform(effect)), None
        except ChatbotError as error:
            meter.heed(error)
            result, failure = None, error


@dataclass(slots=True)
class _Meter:
    budget: Budget
    usage: Usage = Usage()
    asked: int = 0
    seconds: float = 0.0
    """Of models and tools, what ran side by side once."""
    unpriced: bool = False
    """A request was made whose price is not known."""

    def perform(self, effect: Effect) -> Flow[object]:
        """The effect's result. Raises BudgetSpent for a request that may not go out any more."""
        if isinstance(effect, Together):
            return (yield from self._together(effect))
        admitted = self._admitted(effect)
        if isinstance(admitted, BudgetSpent):
            raise admitted
        result = yield admitted
        self._count((result,))
        return result

    def _together(self, effect: Together) -> Flow[tuple[object, ...]]:
        requests = sum(isinstance(each, Generate) for each in effect.effects)
        if not effect.keep_failures and requests and (refusal := self._refusal(requests)):
            raise refusal
        admitted = [self._admitted(each) for each in effect.effects]
        allowed = tuple(each for each in admitted if not isinstance(each, BudgetSpent))
        results: tuple[object, ...] = (yield Together(allowed, effect.keep_failures)) if allowed else ()
        self._count(results)
        performed = iter(results)
        return tuple(each if isinstance(each, BudgetSpent) else next(performed) for each in admitted)

    def _admitted(self, effect: Effect) -> Effect | BudgetSpent:
        if not isinstance(effect, Generate):
            return effect
        if refusal := self._refusal():
            return refusal
        self.asked += 1
        return effect if self.budget.seconds is None else replace(effect, seconds=self.budget.seconds - self.seconds)

    def _refusal(self, requests: int = 1) -> BudgetSpent | None:
        """Why so many more requests may not go out, if they may not."""
        budget, spent = self.budget, ""
        if budget.calls is not None and self.asked + requests > budget.calls:
            spent = f"the budget of {budget.calls} calls is spent"
        elif budget.tokens is not None and self.usage.input_tokens + self.usage.output_tokens >= budget.tokens:
            spent = f"the budget of {budget.tokens} tokens is spent"
        elif budget.seconds is not None and self.seconds >= budget.seconds:
            spent = f"the budget of {budget.seconds:g} seconds is spent"
        elif budget.dollars is not None and (self.usage.cost or 0.0) >= budget.dollars:
            spent = f"the budget of ${budget.dollars:g} is spent"
        elif budget.dollars is not None and self.unpriced:
            spent = f"the budget of ${budget.dollars:g} cannot be kept, since the price of this model is not known"
        return BudgetSpent(spent, hint="allow more, or ask for fewer samples") if spent else None

    def _count(self, results: Sequence[object]) -> None:
        replies = [result for result in results if isinstance(result, Reply)]
        for reply in replies:
            self.usage += reply.usage
            self.unpriced |= reply.usage.cost is None
        took = [reply.usage.seconds for reply in replies]
        took += [result.seconds for result in results if isinstance(result, ToolResult)]
        self.seconds += max(took, default=0.0)
        for result in results:
            self.heed(result)

    def heed(self, result: object) -> None:
        """Takes the time for spent that a request ran out of."""
        late = isinstance(result, OutOfTime) or (isinstance(result, Reply) and result.finish == "interrupted")
        if late and self.budget.seconds is not None:
            self.seconds = self.budget.seconds
