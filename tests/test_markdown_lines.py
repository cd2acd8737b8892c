"""Lines of other formats that would be read as Markdown's marks."""

from __future__ import annotations

import pytest

from chatbot.markdown_lines import as_text
from chatbot.retrieval.outline import sections


@pytest.mark.parametrize("line", ["# apt install", "###", "===", "---", "```", "~~~sh"])
def test_a_line_of_text_begins_neither_a_section_nor_code(line: str) -> None:
    text = f"above\n{as_text(line)}\n\n# Below\n\ntext\n"

    assert as_text(line).strip("\\ ") == line
    assert [section.heading for section in sections(text)] == [(), ("Below",)]


@pytest.mark.parametrize("line", ["", "text", "- item", "1. item", "-- ", "a # b", "| cell |"])
def test_other_lines_stay_as_they_are(line: str) -> None:
    assert as_text(line) == line
