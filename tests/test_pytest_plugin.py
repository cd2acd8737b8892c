"""A test that is marked with a suite passes, fails or is skipped by what the suite measures."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from sums import SumServer, write_suite

from chatbot import pytest_plugin
from chatbot.cli import program

pytest_plugins = ["pytester"]

TEST = """\
import pytest

@pytest.mark.eval({mark})
def test_sums(eval_gate):
    assert eval_gate.gated[0].name == "steps", "the body was run"
"""


@pytest.fixture
def server() -> Iterator[SumServer]:
    with SumServer(direct=range(1, 21)) as server:
        yield server


@pytest.fixture
def suite(pytester: pytest.Pytester, server: SumServer) -> Path:
    return write_suite(pytester.path, server)


def outcome(pytester: pytest.Pytester, mark: str, *more: str, body: str = TEST) -> pytest.RunResult:
    pytester.makepyfile(body.format(mark=mark))
    return pytester.runpytest_inprocess(
        "-p", "chatbot.pytest_plugin", "-p", "no:cacheprovider", "--strict-markers", *more
    )


def test_a_suite_that_is_not_worse_passes_and_the_body_is_run(
    pytester: pytest.Pytester, suite: Path, server: SumServer
) -> None:
    outcome(pytester, '"sums.yaml"').assert_outcomes(passed=1)
    assert len(server.requests) == 80
    outcome(pytester, 'suite="sums.yaml", variants="steps", margin=0.01').assert_outcomes(passed=1)
    assert len(server.requests) == 80
    worse = outcome(pytester, '"sums.yaml"', body=TEST.replace('"steps"', '"other"'))
    worse.assert_outcomes(failed=1)
    worse.stdout.fnmatch_lines(["*the body was run*"])


def test_a_suite_that_is_worse_fails_with_the_figures_and_no_traceback(
    pytester: pytest.Pytester, suite: Path, server: SumServer
) -> None:
    server.wrong = {"steps": range(1, 21)}
    done = outcome(pytester, '"sums.yaml"')
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "fail: sums must be at most 0.05 worse than variant direct",
            "  steps: fail, -0.500 [[]*[]] on 40 items",
            "    20 items score less than before: i1, i2, *",
        ]
    )
    assert "Traceback" not in done.stdout.str() and "pytest_plugin.py" not in done.stdout.str()


def test_what_so_few_items_cannot_tell_is_skipped_with_the_reason(
    pytester: pytest.Pytester, suite: Path, server: SumServer
) -> None:
    server.wrong = {}
    done = outcome(pytester, '"sums.yaml"', "-rs")
    done.assert_outcomes(skipped=1)
    done.stdout.fnmatch_lines(["*undecided: sums must be at most 0.05 worse*", "*about 14 items more would tell*"])


def test_what_was_blessed_is_what_it_is_held_against(pytester: pytest.Pytester, suite: Path, server: SumServer) -> None:
    assert program.run(["eval", "run", "sums.yaml"]) == 0
    assert program.run(["eval", "bless"]) == 0
    server.wrong = {"direct": range(1, 21), "steps": range(1, 21)}
    done = outcome(pytester, '"sums.yaml", fresh=True', "--junit-xml", "out.xml")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["fail: sums must be at most 0.05 worse than what was blessed from run *"])
    assert 'name="eval_run"' in (pytester.path / "out.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('"none.yaml"', "*there is no suite*did you mean 'sums.yaml'*"),
        ("", "*@pytest.mark.eval is written as eval(suite, *missing 1 required*"),
        ('"sums.yaml", margins=1', "*unexpected keyword argument 'margins'*"),
        ('"sums.yaml", variants=["stepps"]', "*did you mean 'steps'*"),
    ],
)
def test_mistakes_fail_the_test_in_a_sentence(
    pytester: pytest.Pytester, suite: Path, server: SumServer, mark: str, said: str
) -> None:
    done = outcome(pytester, mark)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines([said])
    assert server.requests == []


def test_such_tests_can_be_left_out(pytester: pytest.Pytester, suite: Path, server: SumServer) -> None:
    outcome(pytester, '"sums.yaml"', "-m", "not eval").assert_outcomes(deselected=1)
    assert server.requests == []


def test_pytest_finds_it_where_the_program_is_installed() -> None:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [(name, value)] = project["entry-points"]["pytest11"].items()
    assert EntryPoint(name, value, "pytest11").load() is pytest_plugin
