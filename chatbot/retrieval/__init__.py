"""Knowledge: load, split, embed, store, search, cite. The names are imported when first used: they need numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatbot.retrieval.indexing import Changes
    from chatbot.retrieval.knowledge import Knowledge, Stats, open_knowledge, passage_of_file

__all__ = ["Changes", "Knowledge", "Stats", "open_knowledge", "passage_of_file"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'chatbot.retrieval' has no attribute {name!r}")
    from chatbot.retrieval import knowledge

    return getattr(knowledge, name)
