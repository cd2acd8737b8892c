"""A run's summary on the screen: verdicts, what they rest on, and the tables, at 80 columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from chat_server import ChatServer, says
from in_process import Run

SUITE = """\
name: sums
dataset: {{path: items.jsonl}}
prompts: [word_problem_direct, word_problem_zero_shot_cot]
strategies: [zero_shot]
models: ["{url}#m"]
scorers:
  - {{kind: contains, expect: "{{{{ answer }}}}"}}
  - {{kind: regex, pattern: "[.]$", name: sentence}}
  - {{kind: tokens}}
repeats: 2
"""


def test_all_that_a_run_has_shown_is_on_the_screen(
    here: Run, folder: Path, chat_server: Callable[..., ChatServer]
) -> None:
    server = chat_server(says("The answer is 4."), says("4"))
    rows = [
        json.dumps(
            {"id": str(n), "question": f"{n} + {n}?", "answer": str(4 if n % 3 else 9), "tags": ["even", "odd"][n % 2]}
        )
        for n in range(12)
    ]
    (folder / "items.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (folder / "suite.yaml").write_text(SUITE.format(url=server.url), encoding="utf-8")
    done = here("eval", "run", "suite.yaml")
    assert done.returncode == 0, done.stderr
    tables = [part.splitlines() for part in done.stdout.split("\n\n")]
    assert [part[0].split()[0] for part in tables] == ["VARIANT", "VARIANT", "VARIANT", "TAG"]
    assert "3 metrics were looked at; the verdict is by the first, contains" in done.stdout
    assert "of 2 tries one at least is right" in done.stdout
    assert max(len(line) for part in tables for line in part if not line.startswith("- ")) <= 80
    shown = json.loads(here("eval", "run", "suite.yaml", "--json").stdout)
    assert [metric["name"] for metric in shown["metrics"]] == ["contains", "sentence", "tokens"]
    assert [tag["tag"] for tag in shown["tags"]] == ["even", "odd"]
    assert shown["variants"][0]["cells"] == {"scored": 24} and len(server.requests) == 48
