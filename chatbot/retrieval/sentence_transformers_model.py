"""Loads a model of sentence-transformers: safetensors, no code of its author, what is on this machine first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from chatbot.errors import NotFoundError, UsageError


def load_model(kind: Literal["SentenceTransformer", "CrossEncoder"], spec: str, model: str) -> object:
    """The model in a folder or on the hub. spec: as the user wrote it. Raises UsageError and NotFoundError."""
    try:
        import sentence_transformers
    except ImportError as error:
        raise UsageError(
            f"{spec} needs a package that is not installed", hint='pip install "chatbot[local]"'
        ) from error
    make: Callable[..., object] = getattr(sentence_transformers, kind)
    failure: Exception | None = None
    for fetch in (False, True):  # what is on this machine: quick, and no word to anybody
        try:
            return make(model, local_files_only=not fetch, model_kwargs={"use_safetensors": True})
        except (OSError, ValueError) as error:
            failure = error
    first_line = str(failure).partition("\n")[0]
    raise NotFoundError(
        f"the model {model!r} cannot be loaded: {first_line}", hint="name a folder, or ORGANISATION/MODEL on the hub"
    ) from failure
