"""`Knowledge` as a LangChain retriever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

if TYPE_CHECKING:
    from chatbot.retrieval.knowledge import Knowledge


class _Retriever(BaseRetriever):
    knowledge: Any
    k: int

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(
                page_content=passage.text,
                metadata={
                    **passage.metadata,
                    "source": passage.source,
                    "start": passage.start,
                    "end": passage.end,
                    "line": passage.line,
                    "score": passage.score,
                },
            )
            for passage in self.knowledge.search(query, self.k)
        ]


def retriever(knowledge: Knowledge, k: int) -> BaseRetriever:
    """A retriever of the best `k` passages, their place in `metadata`."""
    return _Retriever(knowledge=knowledge, k=k)
