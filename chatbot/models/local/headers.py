"""What the headers of safetensors files say: names, shapes and sizes of tensors, with no weight read.

The format is 8 bytes of length (little-endian), so many bytes of JSON, then the tensors' bytes, which the JSON places.
A file whose header and length do not agree was cut while it was written or copied, and is refused.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.errors import CheckpointError

LONGEST_HEADER = 100_000_000
"""Bytes: the bound that the safetensors library itself keeps."""

BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "I8", "U8", "BOOL"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}
"""Bits of one number, by the format's name for its type."""

_AGAIN = "copy or download it again"


@dataclass(frozen=True, slots=True)
class Stored:
    """What the files of a checkpoint hold."""

    tensors: int
    elements: Mapping[str, int]
    """Numbers stored, by the format's name for their type."""
    bytes: int
    """Of the tensors alone."""

    @property
    def parameters(self) -> int:
        """Numbers stored in all."""
        return sum(self.elements.values())

    @property
    def dtype(self) -> str:
        """The type that most numbers have, by the format's name: "BF16"."""
        return max(self.elements, key=lambda name: self.elements[name]) if self.elements else ""


def stored(files: Sequence[Path]) -> Stored:
    """What all these files hold. Raises CheckpointError for a file that is torn or no safetensors file."""
    elements: Counter[str] = Counter()
    tensors = total = 0
    for file in files:
        for dtype, count, size in _tensors(file):
            elements[dtype] += count
            tensors += 1
            total += size
    return Stored(tensors, dict(elements), total)


def _tensors(file: Path) -> list[tuple[str, int, int]]:
    """Type, numbers and bytes of each tensor of a file."""
    header, room = _header(file)
    found = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        dtype, shape, end, length = _entry(entry)
        if dtype not in BITS or length != -(-math.prod(shape) * BITS[dtype] // 8):
            raise CheckpointError(f"{file}: the entry of {name!r} is not that of a tensor", hint=_AGAIN)
        if end > room:
            raise CheckpointError(f"{file} is cut: it ends {end - room:,} bytes before {name!r} does", hint=_AGAIN)
        found.append((dtype, math.prod(shape), length))
    return found


def _entry(entry: object) -> tuple[str, list[int], int, int]:
    """Type, shape, end and length of a tensor, or what no tensor has."""
    match entry:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [int(start), int(end)]}:
            if all(isinstance(side, int) and side >= 0 for side in shape) and start >= 0:
                return dtype, shape, end, end - start
    return "", [], 0, -1


def _header(file: Path) -> tuple[dict[str, object], int]:
    """The header of a file, and how many bytes follow it."""
    try:
        with file.open("rb") as stream:
            size = file.stat().st_size
            length = int.from_bytes(stream.read(8), "little")
            if size < 8 or length > min(size - 8, LONGEST_HEADER):
                raise CheckpointError(f"{file} is cut, or no safetensors file ({size:,} bytes)", hint=_AGAIN)
            header = json.loads(stream.read(length))
    except OSError as error:
        raise CheckpointError(f"{file} cannot be read: {error.strerror}", hint="check its permissions") from error
    except ValueError as error:
        raise CheckpointError(f"{file} has no header that can be read", hint=_AGAIN) from error
    if not isinstance(header, dict):
        raise CheckpointError(f"{file} has no header that can be read", hint=_AGAIN)
    return header, size - 8 - length
