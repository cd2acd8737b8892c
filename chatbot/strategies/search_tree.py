"""A tree of states, and two ways through it: breadth first with a beam, depth first with pruning and backtracking.

A state is the thoughts that led to it. What a state may lead to, and what it is worth, the search is told by two flows
that write it into the tree; it decides where to go on, and what to give up. It asks no model itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

from chatbot.effects import Flow
from chatbot.messages import Step

State = tuple[str, ...]
"""The thoughts so far, the first one first; without any it is the question itself."""


@dataclass(slots=True)
class SearchTree:
    """What was thought, what it is worth, and where the search stands."""

    children: dict[State, tuple[State, ...]] = field(default_factory=dict)
    """Of each state that was expanded, what it leads to."""
    scores: dict[State, float] = field(default_factory=dict)
    """Of each state that was judged, its worth; larger is better."""
    hopeless: set[State] = field(default_factory=set)
    """States that were judged to lead nowhere."""
    notes: dict[State, str] = field(default_factory=dict)
    """Why states were given up."""
    best: State = ()
    """Where the search stands, or ended; hopeless only where nothing better was found."""
    stopped: str = ""
    """Why nothing more may be asked; empty while something may."""

    def grow(self, state: State, thoughts: Iterable[str]) -> None:
        """Hangs thoughts under a state. Those that differ in white space only are one."""
        distinct: dict[str, str] = {}
        for thought in thoughts:
            distinct.setdefault(" ".join(thought.split()), thought)
        self.children[state] = tuple((*state, thought) for said, thought in distinct.items() if said)

    def ranked(self, states: Iterable[State]) -> list[State]:
        """The best first, then what was not judged, then what is hopeless; equals in the order in which they came."""
        return sorted(states, key=lambda state: (state in self.hopeless, -self.scores.get(state, -inf)))

    def open_leaves(self) -> list[State]:
        """States that lead to nothing yet and are not hopeless."""
        reached = (child for children in self.children.values() for child in children)
        return [state for state in reached if not self.children.get(state) and state not in self.hopeless]

    def steps(self, state: State = ()) -> tuple[Step, ...]:
        """All that was thought from a state on, as a part of a trace."""
        return tuple(
            Step("thought", child[-1], score=self.scores.get(child), note=self._note(child), steps=self.steps(child))
            for child in self.children.get(state, ())
        )

    def _note(self, state: State) -> str:
        if self.best[: len(state)] == state:
            return "on the best path"
        return self.notes.get(state, "")


@dataclass(frozen=True, slots=True)
class Search:
    """A tree, and what can be done with it."""

    tree: SearchTree
    expand: Callable[[Sequence[State]], Flow[None]]
    """Hangs thoughts under these states."""
    judge: Callable[[Sequence[State]], Flow[None]]
    """Scores these states, and says which are hopeless."""
    ended: Callable[[State], bool]
    """Whether a state states an answer, so that nothing follows it."""
    depth: int
    """Most thoughts of a state."""


def breadth_first(search: Search, beam: int) -> Flow[None]:
    """Goes on from the `beam` best states of each level (Yao et al. 2023, algorithm 1).

    It ends at the depth, or when the best state is one that states an answer. Where the budget ends a level before any
    state of it was found good, the best is that of the level before.
    """
    tree = search.tree
    kept: list[State] = [()]
    for _ in range(search.depth):
        unfinished = [state for state in kept if not search.ended(state)]
        yield from search.expand(unfinished)
        new = [child for state in unfinished for child in tree.children.get(state, ())]
        if not new:
            break
        reached = [*(state for state in kept if search.ended(state)), *new]
        yield from search.judge(reached)
        ranked = tree.ranked(reached)
        if tree.stopped and (ranked[0] in tree.hopeless or ranked[0] not in tree.scores):
            break
        kept, left = ranked[:beam], ranked[beam:]
        tree.notes |= dict.fromkeys(left, f"given up: not among the {beam} best")
        tree.best = kept[0]
        if search.ended(tree.best):
            break


def depth_first(search: Search) -> Flow[None]:
    """Goes on from the best state of the newest ones, and back where all are hopeless (Yao et al. 2023, algorithm 2).

    It ends with the first state at the depth, or that states an answer, which is not hopeless. Without one the best is
    the deepest state from which a line is still open.
    """
    tree = search.tree
    stack: list[State] = [()]
    while stack and not tree.stopped:
        state = stack.pop()
        if state and (len(state) == search.depth or search.ended(state)):
            tree.best = state
            return
        yield from search.expand([state])
        children = tree.children.get(state, ())
        yield from search.judge(children)
        tree.notes |= dict.fromkeys(tree.hopeless.intersection(children), "given up: judged to lead nowhere")
        stack += reversed([child for child in tree.ranked(children) if child not in tree.hopeless])
    _settle(tree)


def _settle(tree: SearchTree) -> None:
    """Takes the deepest state on a line that is still open; where none is, the deepest of all."""
    open_lines = dict.fromkeys(each for leaf in tree.open_leaves() for each in _prefixes(leaf))
    states = open_lines or tree.scores
    founded = [state for state in states if state in tree.scores or not tree.stopped]
    if founded:
        tree.best = max(founded, key=lambda state: (len(state), tree.scores.get(state, -inf)))


def _prefixes(state: State) -> Iterator[State]:
    return (state[:length] for length in range(1, len(state) + 1))
