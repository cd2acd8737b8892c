"""A plugin for pytest: a test that a suite's prompts are at most so much worse than they were.

    @pytest.mark.eval("eval/suites/sums.yaml")
    def test_sums(eval_gate): ...

The suite is run, and what has been answered before is not asked again. The test fails where a variant is worse by more
than the margin, is skipped where so few items cannot tell, and says why; else its own body is run. `-m "not eval"`
leaves such tests out: they may cost money.

Imported whenever pytest starts where this program is installed, so it imports nothing but pytest.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from chatbot.evaluation.gate import Gate

MARK = "eval(suite, *, margin=None, variants=(), model=None, fresh=False): the suite's prompts are no worse than before"


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known."""
    config.addinivalue_line("markers", MARK)


@pytest.fixture
def eval_gate() -> Gate | None:
    """What the gate found, for a test that asks for more than to pass it: differences, intervals, the run's id."""
    return None  # the outcome takes its place when the test is called, so that it is the test that fails


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Holds the test's suite against its baseline before the test's own body is run."""
    mark = item.get_closest_marker("eval")
    if mark is not None:
        _hold(item, mark)
    return (yield)


def _hold(item: pytest.Item, mark: pytest.Mark) -> None:
    from chatbot.errors import ChatbotError
    from chatbot.evaluation.gate_report import as_lines

    try:
        gate = _gate(item.config.rootpath, *mark.args, **mark.kwargs)
    except TypeError as error:
        if error.__traceback__ is None or error.__traceback__.tb_next is not None:
            raise
        pytest.fail(f"@pytest.mark.eval is written as {MARK.partition(':')[0]}: {error}", pytrace=False)
    except ChatbotError as error:
        pytest.fail(str(error), pytrace=False)
    told = "\n".join(as_lines(gate))
    item.add_report_section("call", "eval", told)
    item.user_properties.append(("eval_run", gate.run))
    if gate.outcome == "fail":
        pytest.fail(told, pytrace=False)
    if gate.outcome == "undecided":
        pytest.skip(told)
    if "eval_gate" in getattr(item, "funcargs", {}):
        item.funcargs["eval_gate"] = gate  # type: ignore[attr-defined]  # only functions have them


def _gate(
    root: Path,
    suite: str,
    *,
    margin: float | None = None,
    variants: Sequence[str] = (),
    model: str | None = None,
    fresh: bool = False,
) -> Gate:
    """Runs the suite at a path from pytest's root folder."""
    from chatbot.bot import Chatbot
    from chatbot.evaluation.gating import gate_suite

    named = (variants,) if isinstance(variants, str) else tuple(variants)
    with Chatbot(model, knowledge=None) as bot:
        return gate_suite(root / suite, bot, margin=margin, variants=named, fresh=fresh)
