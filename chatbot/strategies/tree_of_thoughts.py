"""Search among lines of thought, which the model proposes and judges step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, median
from typing import ClassVar, Literal

from chatbot.effects import Flow, Generate, Together
from chatbot.errors import BudgetSpent, ChatbotError, UsageError
from chatbot.messages import Budget, Message, Reply, Step
from chatbot.prompting import Prompt
from chatbot.strategies.chain_of_thought import LAST_LINE
from chatbot.strategies.judgements import (
    THRESHOLDS,
    VOTE,
    WISHES,
    Scale,
    candidates,
    read_judgement,
    read_vote,
    shares,
)
from chatbot.strategies.search_tree import Search, SearchTree, State, breadth_first, depth_first
from chatbot.strategies.spending import metered
from chatbot.strategies.task import Outcome, Task, ending
from chatbot.strategies.thoughts import (
    CONCLUDE,
    PROPOSE,
    SAMPLE,
    Asking,
    check_prompt,
    listed,
    read_answer,
    read_list,
    with_thoughts,
)
from chatbot.strategies.zero_shot import WHOLE

DEEPEST = 32

SHORT = frozenset({"last_number", "choice", "yes_no", "label", "short_answer"})
"""Kinds of answers that are read more surely from a line of their own."""


@dataclass(frozen=True, slots=True)
class TreeOfThoughts:
    """Search among thoughts (Yao et al. 2023, arXiv 2305.10601): proposed, judged, followed or given up.

    generate: `propose` lists next thoughts in one request, for thoughts that are short, so that one does not repeat
        another; `sample` draws each by itself, for long ones such as plans (section 3).
    evaluate: `value` judges each state by itself; `vote` lets the model choose among those of a level, which suits what
        is hard to judge alone, such as texts.
    search: `breadth_first` keeps the best of each level; `depth_first` follows the best line to its end, and goes back
        where it is judged hopeless. It judges states alone, so it does not vote.
    depth: most thoughts of a line; 3 as in the Game of 24.
    branching: most thoughts that a state leads to; 5 as the paper samples.
    beam: states of a level that `breadth_first` goes on from; with 5 the paper solves 74% of its games, with 1 45%.
    evaluations: judgements of a state, or votes of a level; their mean or their shares count. 3 as in the Game of 24.
    scale: how a state is judged: in `words` (sure, likely, impossible: 20, 1 and 0.001), or in `numbers` from 1 to 10.
    threshold: a state whose median judgement is below it is hopeless: `depth_first` does not follow it, and no search
        concludes from it. None for 0.5 with words, where most judgements are `impossible`, and 3 with numbers.
    calls: most requests, one of which is kept for the conclusion. The defaults take 177 at most: 1 + 5 + 5 propose,
        3 * (5 + 25 + 25) judge, 1 concludes.
    temperature: makes thoughts and judgements differ; the paper's. A prompt file's own goes first.
    propose_prompt, value_prompt: prompt files that ask for thoughts and judgements in place of our words, with any of
        the inputs `question`, `thoughts` (so far, or for a vote the candidates), `latest` (thought) and `count`.

    Tools are not offered: a thought is text. States about which the same would be asked are judged once.
    """

    name: ClassVar[str] = "tree_of_thoughts"
    branches: ClassVar[bool] = True
    generate: Literal["propose", "sample"] = "propose"
    evaluate: Literal["value", "vote"] = "value"
    search: Literal["breadth_first", "depth_first"] = "breadth_first"
    depth: int = 3
    branching: int = 5
    beam: int = 5
    evaluations: int = 3
    scale: Scale = "words"
    threshold: float | None = None
    calls: int = 200
    temperature: float = 0.7
    propose_prompt: Prompt | None = None
    value_prompt: Prompt | None = None

    def __post_init__(self) -> None:
        if min(self.depth, self.branching, self.beam, self.evaluations, self.calls) < 1 or self.depth > DEEPEST:
            raise UsageError(
                f"tree_of_thoughts cannot search with depth {self.depth}, branching {self.branching}, "
                f"beam {self.beam}, {self.evaluations} evaluations and {self.calls} calls",
                hint=f"each is at least 1, and depth at most {DEEPEST}",
            )
        if self.temperature < 0:
            raise UsageError(f"tree_of_thoughts cannot draw at temperature {self.temperature:g}", hint="0 or more")
        if self.search == "depth_first" and self.evaluate == "vote":
            raise UsageError(
                "tree_of_thoughts cannot vote depth first, where each state is judged by itself",
                hint="choose evaluate: value, or search: breadth_first",
            )
        check_prompt(self.propose_prompt, "propose_prompt")
        check_prompt(self.value_prompt, "value_prompt")

    @property
    def demonstrates(self) -> int | None:
        """None are shown."""
        return 0

    def __call__(self, task: Task) -> Flow[Outcome]:
        """The search, in rounds of requests that go out together, then the conclusion from the best line.

        Raises what every request failed with, and PromptError for a prompt that cannot be rendered. A request that
        fails, or says nothing that can be read, costs only itself.
        """
        thinking = _Thinking(self, task)
        yield from metered(thinking.search(), Budget(calls=self.calls - 1))
        return (yield from thinking.conclude())


@dataclass(frozen=True, slots=True)
class _Thinking:
    """One search on one task."""

    options: TreeOfThoughts
    task: Task
    tree: SearchTree = field(default_factory=SearchTree)
    judged: dict[tuple[Message, ...], Sequence[float]] = field(default_factory=dict)
    """Judgements, by what was asked; none where none could be read."""
    failures: list[ChatbotError] = field(default_factory=list)

    # --- the search ---------------------------------------------------------------------------------------------------

    def search(self) -> Flow[None]:
        options = self.options
        judge = self._vote if options.evaluate == "vote" else self._value
        search = Search(self.tree, self._expand, judge, self._ended, options.depth)
        if options.search == "depth_first":
            return depth_first(search)
        return breadth_first(search, options.beam)

    def _ended(self, state: State) -> bool:
        return bool(state) and read_answer(state[-1], self.task.answer) is not None

    def _expand(self, states: Sequence[State]) -> Flow[None]:
        options = self.options
        draws, wish = (1, PROPOSE) if options.generate == "propose" else (options.branching, SAMPLE)
        asking = Asking(self.task.request, options.temperature, wish, options.propose_prompt)
        requests = [asking.about(state, count=options.branching) for state in states]
        replies = yield from self._ask([draw for request in requests for draw in _draws(request, draws)])
        for at, state in enumerate(states):
            self.tree.grow(state, self._thoughts(replies[at * draws : (at + 1) * draws]))

    def _thoughts(self, replies: Sequence[Reply | None]) -> list[str]:
        """The thoughts in replies; one that a reply broke off in is none."""
        said = [reply for reply in replies if reply]
        if self.options.generate == "sample":
            return [reply.text.strip() for reply in said if reply.finish == "complete"]
        lists = [read_list(reply.text)[: None if reply.finish == "complete" else -1] for reply in said]
        return [thought for each in lists for thought in each][: self.options.branching]

    def _value(self, states: Sequence[State]) -> Flow[None]:
        options, known = self.options, self.judged
        asking = Asking(self.task.request, options.temperature, WISHES[options.scale], options.value_prompt)
        asked = {state: asking.about(state) for state in states}
        new = list({each.messages: each for each in asked.values() if each.messages not in known}.values())
        # every state once, then every state again: where the budget ends a level, all its states had their turn
        rounds = zip(*(_draws(request, options.evaluations) for request in new), strict=True)
        replies = yield from self._ask([draw for each in rounds for draw in each])
        for at, request in enumerate(new):
            read = [read_judgement(reply.text, options.scale) for reply in replies[at :: len(new)] if reply]
            known[request.messages] = [value for value in read if value is not None]
        found = {state: known[request.messages] for state, request in asked.items() if known[request.messages]}
        threshold = THRESHOLDS[options.scale] if options.threshold is None else options.threshold
        self.tree.scores |= {state: fmean(judgements) for state, judgements in found.items()}
        self.tree.hopeless |= {state for state, judgements in found.items() if median(judgements) < threshold}

    def _vote(self, states: Sequence[State]) -> Flow[None]:
        if len(states) < 2:
            return
        asking = Asking(self.task.request, self.options.temperature, VOTE, self.options.value_prompt)
        request = asking.over(candidates(states), count=len(states))
        replies = yield from self._ask(_draws(request, self.options.evaluations))
        self.tree.scores |= shares((read_vote(reply.text, states) for reply in replies if reply), states)

    def _ask(self, requests: Sequence[Generate]) -> Flow[list[Reply | None]]:
        """Replies in the order of the requests, None for each that failed or may not go out any more."""
        if not requests or self.tree.stopped:
            return [None] * len(requests)
        results: tuple[object, ...] = yield Together(tuple(requests), keep_failures=True)
        for result in results:
            if isinstance(result, BudgetSpent):
                self.tree.stopped = result.message
            elif isinstance(result, ChatbotError):
                self.failures.append(result)
        return [result if isinstance(result, Reply) else None for result in results]

    # --- the answer ---------------------------------------------------------------------------------------------------

    def conclude(self) -> Flow[Outcome]:
        """The answer to which the best line leads, by the model, unless the line states it or leads nowhere."""
        path = self.tree.best
        if path in self.tree.hopeless:
            reasons = filter(None, ("no line of thought was judged to lead to an answer", self.tree.stopped))
            return self._outcome(Reply("\n".join(path)), None, "; ".join(reasons))
        if self._ended(path):
            return self._outcome(Reply("\n".join(path)), read_answer(path[-1], self.task.answer), self._shortfall())
        try:
            reply: Reply = yield self._conclusion(path)
        except ChatbotError as error:
            if not path and not isinstance(error, BudgetSpent):
                raise
            return self._outcome(Reply("\n".join(path)), None, f"it was not concluded: {error.message}")
        return self._outcome(reply, (self.task.answer or WHOLE).of(reply.text), self._shortfall(), concluded=True)

    def _conclusion(self, path: State) -> Generate:
        answer = self.task.answer
        wish = CONCLUDE * bool(path) + f"\n\n{LAST_LINE}" * bool(answer and answer.kind in SHORT)
        request = with_thoughts(self.task.request, listed(path))
        return replace(ending(request, wish) if wish else request, purpose="step", tools=())

    def _shortfall(self) -> str:
        """What the search did not come to; empty where it came to its end."""
        tree = self.tree
        if tree.stopped:
            return tree.stopped
        if not tree.best:
            return self.failures[0].message if self.failures else "no thought could be read in what the model proposed"
        if not tree.scores and (self.judged or any(len(children) > 1 for children in tree.children.values())):
            return "no judgement could be read in what the model said of its thoughts"
        return ""

    def _outcome(self, reply: Reply, answer: str | None, shortfall: str, *, concluded: bool = False) -> Outcome:
        tree = self.tree
        failed = f", {len(self.failures)} requests failed" * bool(self.failures)
        spent = f"{len(tree.children)} states expanded, {len(tree.scores)} judged{failed}"
        last = (Step("conclusion", reply.text, answer),) if concluded else ()
        trace = Step(self.options.name, reply.text, answer, tree.scores.get(tree.best), spent, (*tree.steps(), *last))
        limit = f"{shortfall} ({spent})" if shortfall else ""
        return Outcome(reply.text, answer, trace, finish=reply.finish, declined=reply.declined, limit=limit)


def _draws(request: Generate, count: int) -> list[Generate]:
    """The request as so many draws, also where it is a draw of a larger strategy itself."""
    return [replace(request, sample=request.sample * count + number) for number in range(count)]
