"""Lines of other formats that would be read as Markdown's marks.

In: a line of text that somebody wrote in Word, on a page or in a PDF. Out: the same line, such that it begins no
section and no code block.
"""

from __future__ import annotations

import re

_HEADING = re.compile(r"#|[-=_~*]{3,}\Z")
"""A heading, or a line that makes a heading of the one above it."""


def as_text(line: str) -> str:
    """The line, indented like code where it would be a heading, escaped where a code block would begin."""
    if line.startswith(("```", "~~~")):
        return f"\\{line}"
    return f"    {line}" if _HEADING.match(line) else line
