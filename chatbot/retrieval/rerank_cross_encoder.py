"""Any cross-encoder of sentence-transformers as a `Reranker`, on the GPU where there is one.

In: a folder or a name on the hub. It is loaded when first asked, since a question that finds nothing needs none. Only
safetensors are loaded and no code of a model's author is run. Needs `chatbot[local]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import UsageError
from chatbot.lazy_part import LazyPart
from chatbot.retrieval.embed_tokens import without_surrogates
from chatbot.retrieval.sentence_transformers_model import load_model

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

PAIRS_PER_CALL = 16


class CrossEncoderReranker:
    """Implements `Reranker`."""

    def __init__(self, model: str) -> None:
        self.name = f"cross-encoder:{model}"
        self._model = LazyPart(lambda: _load(model))

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """The model's opinion of each pair, through the logistic function."""
        if not texts:
            return np.empty(0, dtype=np.float32)
        from torch.nn import Identity

        asked = without_surrogates(question)
        raw = self._model.get().predict(
            [(asked, without_surrogates(text)) for text in texts],
            batch_size=PAIRS_PER_CALL,
            activation_fn=Identity(),  # models differ in what they would apply by themselves
            show_progress_bar=False,
        )
        told = np.asarray(raw, dtype=np.float64)
        if told.shape != (len(texts),) or not np.isfinite(told).all():
            raise UsageError(
                f"{self.name} gives {told.shape[1:] or 'unusable'} scores for a pair, not one number",
                hint="name a cross-encoder with one output",
            )
        return (1 / (1 + np.exp(-told))).astype(np.float32)


def _load(model: str) -> CrossEncoder:
    return cast("CrossEncoder", load_model("CrossEncoder", f"cross-encoder:{model}", model))
