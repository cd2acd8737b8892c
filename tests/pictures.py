"""Pictures for tests, made here: photos with EXIF data, drawings, animations, and files that claim too much."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image as Pillow
from PIL import ImageDraw
from PIL.Image import Exif
from PIL.Image import Image as Picture

ORIENTATION, GPS, MAKER = 274, 34853, 271


def drawing(width: int = 64, height: int = 48, mode: str = "RGB") -> Picture:
    """Red at the left, blue at the right, and a green corner at the top left, so that a turn is seen."""
    picture = Pillow.new("RGB", (width, height), "red")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((width // 2, 0, width, height), "blue")
    pen.rectangle((0, 0, width // 4, height // 4), "green")
    return picture.convert(mode)


def file_of(picture: Picture, form: str = "JPEG", **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def photo(width: int = 64, height: int = 48, *, orientation: int = 1, form: str = "JPEG") -> bytes:
    """A picture as a telephone writes it: with a maker, a place, and how the telephone was held."""
    exif = Exif()
    exif[ORIENTATION], exif[MAKER] = orientation, "Telephone Works"
    exif[GPS] = {1: "N", 2: (55.0, 40.0, 30.0), 3: "E", 4: (12.0, 34.0, 5.0)}
    return file_of(drawing(width, height), form, exif=exif)


def claims(width: int, height: int) -> bytes:
    """A PNG of some bytes whose header claims this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0")) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def opened(data: bytes) -> Picture:
    return Pillow.open(BytesIO(data))
