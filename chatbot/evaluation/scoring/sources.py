"""What an item expects to be found or cited: a document, or a passage of it that holds a quotation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.errors import UsageError
from chatbot.evaluation.scoring.expected import structured
from chatbot.evaluation.scoring.outcomes import brief
from chatbot.messages import Citation, Passage


@dataclass(frozen=True, slots=True)
class Source:
    """A document, or a passage of it."""

    name: str
    """The document's path or record id."""
    quote: str = ""

    def is_cited_by(self, citation: Citation) -> bool:
        """Whether the citation is of this document, and where a quote is given, holds it or is a part of it."""
        if self.name != (citation.path or citation.record_id or ""):
            return False
        quote, wanted = folded(citation.quote), folded(self.quote)
        return not wanted or wanted in quote or (bool(quote) and quote in wanted)

    def is_held_by(self, passage: Passage) -> bool:
        """Whether the passage is of this document, and where a quote is given, holds it."""
        return self.name == passage.source and folded(self.quote) in folded(passage.text)


def read_sources(value: object) -> tuple[Source, ...]:
    """The sources of an item. Raises UsageError for what names none."""
    given = structured(value)
    listed: Sequence[object] = given if isinstance(given, list | tuple) else [] if given in (None, "") else [given]
    return tuple(map(_source, listed))


def folded(text: str) -> str:
    """The text as quotations are compared: without regard to case and white space."""
    return " ".join(text.casefold().split())


def _source(value: object) -> Source:
    match value:
        case str() if value.strip():
            return Source(value)
        case {"source": str(name), **rest} if set(rest) <= {"quote"} and isinstance(rest.get("quote", ""), str):
            return Source(name, str(rest.get("quote", "")))
    hint = "a document's path or id, or {source: …, quote: …}"
    raise UsageError(f"{brief(value)} is no source", hint=hint)
