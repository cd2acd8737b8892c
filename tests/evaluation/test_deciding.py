"""What a suite says of when to stop."""

from __future__ import annotations

from pathlib import Path

import pytest
from benches import bench
from chat_server import ChatServer

from chatbot.errors import ProjectError
from chatbot.evaluation.deciding import SHARE, Deciding, of_plan


def deciding(folder: Path, more: str) -> Deciding:
    with ChatServer() as server:
        return bench(folder, server, more=more).suite.deciding


def test_a_suite_asks_everything_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert not deciding(tmp_path, "").early
    assert deciding(tmp_path, "until_decided: true\n") == Deciding(until_decided=True)
    assert deciding(tmp_path, "until_width: 0.03\n") == Deciding(until_width=0.03)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("until_decided: maybe\n", r"suite.yaml:6: .*until_decided"),
        ("until_decided: true\nuntil_width: 0.1\n", r"suite.yaml:6: until_decided and until_width exclude each other"),
        ("until_width: 3\n", r"suite.yaml:6: until_width"),
        ("race: true\n", r"suite.yaml:6: a race needs a baseline and at least two other variants"),
        ("race: 0.99\n", r"suite.yaml:6: race"),
    ],
)
def test_what_cannot_be_is_told_with_its_line(tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        deciding(tmp_path, more)


def test_a_race_takes_two_thirds_of_the_items_where_nothing_is_said() -> None:
    assert Deciding(race=SHARE).check(3) is None
    assert pytest.approx(2 / 3) == SHARE


def test_the_journal_knows_how_a_run_was_to_stop(tmp_path: Path) -> None:
    with ChatServer() as server:
        plain, early = (bench(tmp_path, server, more=more) for more in ("", "until_decided: true\nmargin: 0.1\n"))
        assert plain.key != early.key
        wanted = {"deciding": Deciding(until_decided=True), "baseline": "direct", "margin": 0.1}
        assert (of_plan(early.plan), of_plan(plain.plan)) == (wanted, {})
        assert early.key != bench(tmp_path, server, more="until_decided: true\nmargin: 0.2\n").key
