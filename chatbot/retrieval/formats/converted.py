"""What a converter makes of a file's bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatbot.anchors import Anchor
from chatbot.messages import Metadata

PAGES_WITHOUT_TEXT = "pages_without_text"
"""The metadata of a document some of whose pages are pictures: `3, 7-9`."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A document's text and all that is known of it from the file alone.

    The text has Markdown's marks: headings with number signs, tables as rows with bars, code in fences; so documents of
    every format are split, embedded and quoted alike.
    """

    text: str
    title: str = ""
    """As the file names it; "" where it does not, and the text or the file's name gives one."""
    anchors: tuple[Anchor, ...] = ()
    """By offset, where lines do not say where a piece stands."""
    metadata: Metadata = field(default_factory=dict)
    """What a search may be narrowed by, such as tags and an author."""
    has_lines: bool = True
    """Whether the lines of the text are lines of the file, so that a person can go to them."""
    language: str = ""
    """The programming language of source code, which is split at functions and classes; "" for all else."""
