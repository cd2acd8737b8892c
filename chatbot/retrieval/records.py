"""Records to documents: what `Knowledge.from_records` and `Knowledge.add` take, checked as a whole before any is used.

A record is `{"id": str, "text": str, "title"?: str, "metadata"?: dict}`; other keys are not looked at. Refuses, naming
the record: ids that are missing or come twice, texts that are none, metadata that is no dict of plain values and of
lists of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from chatbot.errors import KnowledgeError
from chatbot.messages import Metadata, Plain
from chatbot.retrieval.embed_tokens import without_surrogates
from chatbot.retrieval.load import Document
from chatbot.retrieval.unseen import seen, seen_metadata

_EXAMPLE = 'a record is {"id": "…", "text": "…"}, with "title" and "metadata" where there are any'


def documents_of(records: Iterable[Mapping[str, object]]) -> list[Document]:
    """The records as documents, without what nobody can see in them: see `unseen`. Raises KnowledgeError."""
    documents: dict[str, Document] = {}
    for number, record in enumerate(records, 1):
        document = _document(record, number)
        if document.source in documents:
            raise KnowledgeError(f"two records have the id {document.source!r}", hint="give each its own")
        documents[document.source] = document
    return list(documents.values())


def _document(record: Mapping[str, object], number: int) -> Document:
    if not isinstance(record, Mapping):
        raise KnowledgeError(f"record {number} is of type {type(record).__name__}, not a dict", hint=_EXAMPLE)
    name = record.get("id")
    if not isinstance(name, str) or not name.strip() or without_surrogates(name) != name:
        raise KnowledgeError(f"record {number} has the id {name!r}, not a text", hint=_EXAMPLE)
    text, title = record.get("text"), record.get("title") or ""
    if not isinstance(text, str) or not isinstance(title, str):
        wrong, value = ("title", title) if isinstance(text, str) else ("text", text)
        raise KnowledgeError(f"the {wrong} of record {name!r} is {_shown(value)}, not a text", hint=_EXAMPLE)
    metadata = _metadata(record.get("metadata") or {}, name)
    text = seen(text.replace("\0", "\ufffd"))  # SQLite ends a text at NUL
    return Document(name, text, seen(title), is_file=False, metadata=seen_metadata(metadata))


def _metadata(metadata: object, name: str) -> Metadata:
    if not isinstance(metadata, Mapping):
        raise KnowledgeError(f"the metadata of record {name!r} is {_shown(metadata)}, not a dict", hint=_EXAMPLE)
    checked: dict[str, Plain | tuple[Plain, ...]] = {}
    for key, value in metadata.items():
        if not isinstance(key, str):
            raise KnowledgeError(f"the metadata of record {name!r} has the key {key!r}, not a text", hint=_EXAMPLE)
        if isinstance(value, list | tuple):
            checked[without_surrogates(key)] = tuple(_plain(each, key, name) for each in value)
        else:
            checked[without_surrogates(key)] = _plain(value, key, name)
    return checked


def _plain(value: object, key: str, name: str) -> Plain:
    if isinstance(value, str):
        return without_surrogates(value)
    if value is None or (isinstance(value, int | float) and math.isfinite(value)):
        return value
    raise KnowledgeError(
        f"the metadata {key!r} of record {name!r} is {_shown(value)}",
        hint="use texts, finite numbers, true, false or None, or a list of them",
    )


def _shown(value: object) -> str:
    return f"{value!r:.40}" if isinstance(value, int | float | str) or value is None else f"a {type(value).__name__}"
