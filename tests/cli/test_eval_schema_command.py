"""`chatbot eval schema` prints what an editor reads."""

from __future__ import annotations

import json

from in_process import Run

from chatbot.evaluation.schema import suite_schema


def test_the_schema_is_printed_as_json(here: Run) -> None:
    done = here("eval", "schema")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == suite_schema()
    assert "suite.schema.json" in here("eval", "schema", "--help").stdout
