"""Models whose weights are in this process, told from all others without importing torch for those."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from chatbot.models.model import Model

if TYPE_CHECKING:
    from chatbot.models.local.model import LocalModel


def is_in_process(model: Model) -> TypeGuard[LocalModel]:
    """Whether a model computes here, so that more can be asked of it than a reply."""
    if not model.name.startswith("local:"):
        return False
    from chatbot.models.local.model import LocalModel

    return isinstance(model, LocalModel)
