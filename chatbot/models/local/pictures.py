"""What a model that sees is given of the pictures in a conversation.

In: the conversation as its template rendered it, with a mark where each picture goes, and the pictures. Out: token ids,
and the tensors that go with them. A mark counts where the template wrote it and nowhere else, so that nobody's words
conjure up a picture or move one. The model's own processor says what becomes of a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image as Pillow

from chatbot.errors import ImagesRefused
from chatbot.images import LONGEST_SIDE
from chatbot.prompting.provenance import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image as Picture
    from transformers import BatchFeature, ProcessorMixin

    from chatbot.messages import Image
    from chatbot.models.local.loading import Weights

TOKEN_TYPES = ("mm_token_type_ids", "token_type_ids")
"""What models call the argument that says which tokens are a picture's."""

_OF_TEXT = frozenset({"input_ids", "attention_mask", "text_replacement_offsets", *TOKEN_TYPES})
"""What a processor tells of the text; all else is of the pictures."""

_FAULTS = (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, OSError)
"""What processors raise over pictures that they do not take, such as very long and thin ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The pictures of a prompt, as the model takes them."""

    arguments: Mapping[str, torch.Tensor]
    """Of the model's forward, beside the ids: pixels, and what is to be known of them."""
    types: str
    """The argument for the types of tokens, or empty."""
    tokens: tuple[int, ...]
    """Ids that stand for pictures, and are no words."""
    places: NDArray[np.int64]
    """For each token of the prompt: 0 for text, else a negative number that stands for the picture."""

    @property
    def end(self) -> int:
        """Tokens up to the last one that is a picture's."""
        return int(np.flatnonzero(self.places)[-1]) + 1

    def key(self, ids: Sequence[int]) -> list[int]:
        """What tells these tokens from others: their ids, and in a picture, which one it is."""
        known = np.asarray(ids, dtype=np.int64)
        known[: len(self.places)] = np.where(self.places, self.places, known[: len(self.places)])
        return [int(each) for each in known]

    def inputs(self, tokens: int) -> dict[str, torch.Tensor]:
        """The arguments for so many tokens of the prompt, all pictures among them, and of what was written after it."""
        if not self.types:
            return dict(self.arguments)
        device = next(iter(self.arguments.values())).device
        types = np.zeros((1, tokens), dtype=np.int64)
        types[0, : len(self.places)] = self.places[:tokens] != 0
        return {**self.arguments, self.types: torch.from_numpy(types).to(device)}

    def counted(self, tokens: int) -> dict[str, torch.Tensor]:
        """The arguments without the pixels: enough to tell positions from."""
        return {name: given for name, given in self.inputs(tokens).items() if not given.is_floating_point()}


@dataclass(frozen=True, slots=True)
class Sight:
    """How one model is shown pictures."""

    processor: ProcessorMixin
    name: str
    """Of the model."""
    device: torch.device
    dtype: torch.dtype

    @classmethod
    def of(cls, weights: Weights) -> Sight | None:
        """The sight of a model; None where it has none, or where its processor knows no mark for a picture."""
        if getattr(weights.processor, "image_token", None) is None:
            return None
        return cls(weights.processor, f"local:{weights.name}", weights.device, weights.dtype)

    def encode(
        self, spans: Sequence[Span], images: Sequence[Image], encode: Callable[[Sequence[Span]], list[int]]
    ) -> tuple[list[int], Shown]:
        """Token ids of a conversation with pictures, and what goes with them. encode: gives the ids of spans.

        Raises ImagesRefused for pictures that the model does not take, in one line.
        """
        found = self._processed(images)
        (marks,) = found["text_replacement_offsets"]
        texts = [mark["replacement"] for mark in marks]
        grown = list(self._grown(spans, texts))
        ids = encode(grown)
        numbers = [-1 - int(image.hash[:15], 16) for image in images]
        lengths = [int(self._seen(encode([Span(text, "template")])).sum()) for text in texts]
        seen = self._seen(ids)
        if seen.sum() != sum(lengths):
            raise ImagesRefused(f"{self.name} has no token for a picture", hint="its files may belong to two models")
        places = np.zeros(len(ids), dtype=np.int64)
        places[seen] = np.repeat(numbers, lengths)
        arguments = {name: self._placed(given) for name, given in found.items() if name not in _OF_TEXT}
        return ids, Shown(arguments, self._types(found), self._tokens(), places)

    def _processed(self, images: Sequence[Image]) -> BatchFeature:
        """What the processor makes of the pictures, and the text that stands for each."""
        pictures = [_decoded(image) for image in images]
        try:
            return self.processor(
                images=pictures,
                text=[self.processor.image_token * len(images)],
                return_tensors="pt",
                return_text_replacement_offsets=True,
            )
        except _FAULTS as error:
            names = ", ".join(image.name or "the picture" for image in images)
            said = " ".join(str(error).split())[:200]
            raise ImagesRefused(f"{self.name} cannot be shown {names}: {said}", hint="try another picture") from error

    def _grown(self, spans: Sequence[Span], texts: Sequence[str]) -> Iterator[Span]:
        """The spans with the template's marks, in order, replaced by these texts."""
        mark = self.processor.image_token
        if sum(span.text.count(mark) for span in spans if span.writer == "template") != len(texts):
            raise ImagesRefused(f"the chat template of {self.name} has no place for pictures", hint="ask without them")
        waiting = iter(texts)
        for span in spans:
            if span.writer != "template":
                yield span
                continue
            first, *others = span.text.split(mark)
            yield Span(first + "".join(next(waiting) + other for other in others), "template")

    def _seen(self, ids: Sequence[int]) -> NDArray[np.bool_]:
        return np.isin(np.asarray(ids, dtype=np.int64), self._tokens())

    def _tokens(self) -> tuple[int, ...]:
        return tuple(each for each in self.processor.image_token_ids if each is not None)

    def _types(self, found: BatchFeature) -> str:
        return next((name for name in TOKEN_TYPES if name in found and name in self.processor.model_input_names), "")

    def _placed(self, given: torch.Tensor) -> torch.Tensor:
        return given.to(self.device, self.dtype) if given.is_floating_point() else given.to(self.device)


def _decoded(image: Image) -> Picture:
    """The pixels of a picture that `chatbot.images` wrote; whatever else its bytes are is not decoded."""
    name, again = image.name or "a picture", "attach it again"
    if not image.data:
        raise ImagesRefused(f"{name} is kept no longer", hint=again)
    try:
        with Pillow.open(BytesIO(image.data), formats=("JPEG", "PNG")) as file:
            if max(file.size) > LONGEST_SIDE:
                raise ImagesRefused(f"{name} is kept larger than pictures are read", hint=again)
            return file.convert("RGB")
    except (OSError, SyntaxError, ValueError, Pillow.DecompressionBombError) as error:
        raise ImagesRefused(f"{name} is damaged: {' '.join(str(error).split())}", hint=again) from error
