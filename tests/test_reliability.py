"""docs/reliability.md: each promise names what proves it, and that is there."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
TEXT = (REPOSITORY / "docs" / "reliability.md").read_text(encoding="utf-8")

NAMED = re.findall(r"`((?:tests|eval|scripts)/[\w/.]*)(?:::(\w+))?`", TEXT)
"""Paths, and tests in them."""


def rows() -> list[list[str]]:
    """Cells of the rows of all tables of promises, without their heads."""
    tables = re.findall(r"^\| Promise .*\n\|(?:-+\|)+\n((?:\|.*\n)+)", TEXT, re.M)
    return [
        [cell.strip() for cell in line.strip("|\n").split(" | ")] for table in tables for line in table.splitlines()
    ]


def test_each_promise_has_its_proof_its_count_and_what_was_seen() -> None:
    assert len(rows()) > 20
    for row in rows():
        assert len(row) == 5 and all(row), row
        assert re.search(r"`(tests|eval|scripts)/", row[1]), row[0]


def test_each_test_and_script_that_is_named_exists() -> None:
    assert len(NAMED) > 20
    for path, test in NAMED:
        place = REPOSITORY / path
        assert place.exists(), path
        assert not test or re.search(rf"^\s*(async )?def {test}\(", place.read_text(encoding="utf-8"), re.M), test
