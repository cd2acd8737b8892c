"""`Knowledge` as a LangChain retriever: a passage becomes a `Document` with its place and score in `metadata`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

if TYPE_CHECKING:
    from chatbot.messages import Metadata
    from chatbot.retrieval.knowledge import Knowledge


class _Retriever(BaseRetriever):
    knowledge: Any  # a Knowledge; its class would be imported by pydantic
    k: int
    where: Any

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(
                page_content=passage.text,
                metadata={
                    **passage.metadata,
                    "source": passage.source,
                    "title": passage.title,
                    "heading": " > ".join(passage.heading),
                    "start": passage.start,
                    "end": passage.end,
                    "line": passage.line,
                    "anchor": passage.anchor,
                    "score": passage.score,
                },
            )
            for passage in self.knowledge.search(query, self.k, self.where)
        ]


def retriever(knowledge: Knowledge, k: int, where: Metadata | None) -> BaseRetriever:
    """A retriever of the best `k` passages that match `where`."""
    return _Retriever(knowledge=knowledge, k=k, where=where)
