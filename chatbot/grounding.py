"""The evidence ledger: which passages an answer may rest on, and the number each carries for the whole conversation.

Pure functions. The ledger only grows: `[3]` means the same span from the turn that first showed it to the last, and a
passage whose text still stands in the conversation is named again by its number, not sent again, so that the bytes
already sent to a model never change. A document that was changed and indexed again has new passages, with new numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatbot.events import Dropped
from chatbot.messages import Evidence, Message, Passage, Segment


@dataclass(frozen=True, slots=True)
class Found:
    """What one search brings to an answer."""

    evidence: tuple[Evidence, ...]
    """Best first."""
    new: tuple[Evidence, ...]
    """Those that enter the ledger."""
    unseen: tuple[Evidence, ...]
    """Those whose text has to be sent: new ones, and old ones that fell out of the window."""
    dropped: tuple[Dropped, ...] = ()
    documents: int | None = None
    """How many the collection has, where it was asked about as a whole and the evidence opens its documents."""

    @property
    def seen(self) -> tuple[int, ...]:
        """Numbers of those that are only named again."""
        sent = {item.number for item in self.unseen}
        return tuple(item.number for item in self.evidence if item.number not in sent)

    def without_last(self, reason: str) -> Found:
        """The same, less the worst passage whose text would be sent."""
        last = self.unseen[-1]
        return replace(
            self,
            evidence=tuple(item for item in self.evidence if item != last),
            new=tuple(item for item in self.new if item != last),
            unseen=self.unseen[:-1],
            dropped=(*self.dropped, Dropped(last.passage, reason)),
        )


def number(passages: Sequence[Passage], ledger: Sequence[Evidence], history: Sequence[Message], *, keep: int) -> Found:
    """Numbers the best `keep` passages, those of the ledger by their old numbers; the rest is dropped."""
    known = {_version(item.passage): item.number for item in ledger}
    sent = {part.text for message in history for part in message.parts if part.origin == "document"}
    next_number = max((item.number for item in ledger), default=0) + 1
    evidence: list[Evidence] = []
    new: list[Evidence] = []
    for passage in passages[:keep]:
        version = _version(passage)
        if version in known:
            evidence.append(Evidence(known[version], passage))
            continue
        item = Evidence(next_number, passage)
        known[version] = next_number
        next_number += 1
        evidence.append(item)
        new.append(item)
    return Found(
        evidence=tuple(evidence),
        new=tuple(new),
        unseen=tuple(item for item in evidence if item in new or item.passage.text not in sent),
        dropped=tuple(Dropped(passage, f"below the best {keep}") for passage in passages[keep:]),
    )


def as_inputs(evidence: Sequence[Evidence]) -> list[dict[str, Segment | int]]:
    """Passages as a prompt template reads them: `number`, `source` and `text`, with their origin."""
    return [
        {
            "number": item.number,
            "source": Segment(_source(item.passage), "document"),
            "text": Segment(item.passage.text, "document"),
        }
        for item in evidence
    ]


def as_segments(evidence: Sequence[Evidence]) -> tuple[Segment, ...]:
    """Passages as the result of a search tool."""
    parts: list[Segment] = []
    for item in evidence:
        parts.append(Segment(f"[{item.number}] ", "author"))
        parts.append(Segment(_source(item.passage), "document"))
        parts.append(Segment("\n", "author"))
        parts.append(Segment(item.passage.text, "document"))
        parts.append(Segment("\n\n", "author"))
    return tuple(parts) or (Segment("Nothing was found.", "author"),)


def _version(passage: Passage) -> tuple[str, int, int, str, str]:
    """What makes two passages the same one: the span, in the same version of its document."""
    return (*passage.span, passage.document_hash, passage.text)


def _source(passage: Passage) -> str:
    return " > ".join((passage.place, *passage.heading))
