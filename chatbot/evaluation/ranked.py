"""Documents as one variant searches them: several share an index, and each ranks what it finds in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.effects import Overview
from chatbot.messages import Metadata, Passage

if TYPE_CHECKING:
    from chatbot.retrieval import Knowledge
    from chatbot.retrieval.search import Ranking


@dataclass(frozen=True, slots=True)
class Ranked:
    """Documents, and the ranking of a search in them."""

    knowledge: Knowledge
    ranking: Ranking

    def search(self, query: str, k: int = 5, where: Metadata | None = None, *, expand: int = 0) -> list[Passage]:
        """The best `k` passages in this ranking."""
        return self.knowledge.search(query, k, where, ranking=self.ranking, expand=expand)

    def overview(self) -> Overview:
        """The collection in brief."""
        return self.knowledge.overview()

    def is_stale(self, passage: Passage) -> bool:
        """Whether the passage's document has changed since it was indexed."""
        return self.knowledge.is_stale(passage)
