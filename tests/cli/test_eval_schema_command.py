"""`chatbot eval schema` prints what an editor reads."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

from chatbot.evaluation.schema import suite_schema

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_schema_is_printed_as_json(run: Run) -> None:
    done = run("eval", "schema")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == suite_schema()
    assert "suite.schema.json" in run("eval", "schema", "--help").stdout
