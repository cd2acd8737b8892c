"""JSON Lines: a record on each line, named by that line."""

from __future__ import annotations

import pytest

from chatbot.anchors import anchor_text
from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.json_lines import convert


def test_each_record_is_found_again_by_its_line() -> None:
    found = convert(b'{"question": "What?", "answer": "This."}\r\n\r\n{"question": "Who?"}\n')
    who = found.text.index("## Who?")

    assert found.text.startswith("## What?\n\nquestion: What?\nanswer: This.\n\n")
    assert anchor_text(found.anchors, who, who + 3) == "line 3"


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"{}\n{\n", "no JSON on line 2"), (b"1\n" + b"[" * 100_000, "line 2 is nested too deeply")],
)
def test_the_line_that_is_no_json_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(KnowledgeError, match=reason):
        convert(data)
