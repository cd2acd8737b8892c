"""Models that compute in this process, told from all others without importing torch for those."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from chatbot.models.model import Model

if TYPE_CHECKING:
    from chatbot.models.local.model import LocalModel


def costs_nothing(spec: str) -> bool:
    """Whether the model of a spec computes in this program, so that nobody bills its calls."""
    return spec == "extractive" or spec.partition(":")[0] in ("local", "scripted")


def is_in_process(model: Model) -> TypeGuard[LocalModel]:
    """Whether a model computes here, so that more can be asked of it than a reply."""
    if not model.name.startswith("local:"):
        return False
    from chatbot.models.local.model import LocalModel

    return isinstance(model, LocalModel)
