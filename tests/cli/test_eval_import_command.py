"""`chatbot eval import` and then `eval run`: somebody else's eval, asked of a real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from chat_server import ChatServer, says
from in_process import Run

Start = Callable[..., ChatServer]


def test_conversations_are_imported_and_asked_as_they_are(folder: Path, here: Run, chat_server: Start) -> None:
    server = chat_server(says("Paris it is."))
    few = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Capital of Italy?"}]
    few.append({"role": "assistant", "content": "Rome"})
    rows = [
        {"input": [*few, {"role": "user", "content": "Capital of France?"}], "ideal": "Paris"},
        {"input": [{"role": "user", "content": "Capital of Spain?"}], "ideal": ["Madrid"]},
    ]
    (folder / "samples.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    done = here("eval", "import", "samples.jsonl", "-o", "capitals")
    assert done.returncode == 0, done.stderr
    assert "lost: which class judges the replies" in done.stderr
    assert "2 items: chatbot eval plan capitals/suite.yaml" in done.stdout
    found = json.loads(here("eval", "run", "capitals/suite.yaml", "-m", f"{server.url}#m", "--json").stdout)
    assert found["variants"][0]["mean"] == 0.5
    sent = [request.body["messages"] for request in server.requests]
    assert [*few, {"role": "user", "content": "Capital of France?"}] in sent
