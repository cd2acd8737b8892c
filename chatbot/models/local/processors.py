"""The processor that a checkpoint of a model that sees comes with: its tokenizer, and what it makes of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from transformers import AutoProcessor
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

from chatbot.errors import CheckpointError

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, ProcessorMixin

FILES = ("processor_config.json", "preprocessor_config.json")
"""Without one of these a model cannot be shown anything, whatever it could see."""


def load_processor(folder: Path, config: PreTrainedConfig, *, trusted: bool) -> ProcessorMixin | None:
    """The processor in a folder; None where there is none. trusted: its own code may run.

    Raises CheckpointError where a package that it needs is missing, and what transformers raises for damaged files.
    """
    if not any((folder / name).is_file() for name in FILES):
        return None
    try:
        processor = AutoProcessor.from_pretrained(folder, trust_remote_code=trusted)
    except ImportError as error:
        processor = _without_videos(folder, config, error)
    return processor if hasattr(processor, "image_processor") else None


def _without_videos(folder: Path, config: PreTrainedConfig, missing: ImportError) -> ProcessorMixin:
    """The processor without its part for videos, which needs torchvision; pictures do without."""
    try:
        whole = PROCESSOR_MAPPING[type(config)]
        parts = [name for name in whole.get_attributes() if "video" not in name]
        seeing = type(whole.__name__, (whole,), {"get_attributes": classmethod(lambda _: parts)})
        return seeing.from_pretrained(folder)  # type: ignore[attr-defined]
    except (ImportError, TypeError, KeyError) as error:
        said = " ".join(str(missing).split())[:200]
        raise CheckpointError(f"{folder} cannot be shown pictures here: {said}", hint="pip install it") from error
