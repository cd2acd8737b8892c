"""Pictures of the user's, from files or bytes, as `Image`s that are safe to send: checked, bounded, and pixels alone.

The format is told by the content, never by the name. What is too large is refused before anything is decoded. Every
picture is decoded, turned upright as its EXIF data says, made smaller where it has more pixels than models read, laid
on white where it is transparent, and encoded anew: nothing else of the file goes on, so neither a place nor a name nor
what is hidden behind the picture's end leaves with it. Nothing is fetched: an address is no picture.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from chatbot.errors import UsageError
from chatbot.extras import brought_by
from chatbot.messages import Image

if TYPE_CHECKING:
    from PIL import Image as Pillow
    from PIL.Image import Image as Picture
    from PIL.ImageFile import ImageFile

ImageSource = str | Path | bytes | Image
"""A picture: the path of a file, its content, or one that was read before."""

MAX_BYTES = 20_000_000
"""Of a file: what services take in one request."""

MAX_PIXELS = 64_000_000
"""More are not decoded: a file of some kilobytes can claim gigabytes, and these take a quarter of one."""

LONGEST_SIDE = 2048
"""In pixels, of what is sent: services make larger pictures smaller themselves (OpenAI's guide to vision)."""

MAX_PNG_BYTES = 4_000_000
"""A larger one becomes a JPEG: services take 5 MB for each picture (Anthropic's guide to vision)."""

JPEG_QUALITY = 90
"""What a second encoding loses is not seen, and small print stays legible."""

HINT = "save it as JPEG or PNG"

READ: Sequence[tuple[int, bytes, str]] = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (8, b"WEBPVP8", "WebP"),
)
"""Formats that are read: where in the file which bytes stand."""

NOT_READ: Sequence[tuple[int, bytes, str]] = (
    *((4, b"ftyp" + brand, "HEIC") for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")),
    (4, b"ftypavif", "AVIF"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"BM", "BMP"),
    (0, b"\0\0\1\0", "icon"),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"8BPS", "Photoshop"),
)
"""Pictures all the same."""

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".avif", ".tif", ".tiff", ".bmp", ".svg"})
"""Of files that are meant as pictures, whatever is in them."""

_FAULTS = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, OverflowError, struct.error, zlib.error)
"""What Pillow's decoders raise over damaged files."""


def images_of(sources: Sequence[ImageSource]) -> tuple[Image, ...]:
    """The pictures, in order. Raises UsageError in one line for the first that cannot be used, naming it."""
    if isinstance(sources, str | Path | bytes | Image):
        raise UsageError("images are a list, be it of one", hint="images=[…]")
    return tuple(map(read_image, sources))


def read_image(source: ImageSource) -> Image:
    """The picture. Raises UsageError in one line: what is wrong with it, and what to do."""
    if isinstance(source, Image):
        return source
    if isinstance(source, bytes):
        return encoded(source, "the image")
    text = str(source)
    if text.startswith(("http://", "https://", "data:")):
        raise UsageError(f"{text[:80]} is an address, and pictures are not fetched", hint="give a file, or its bytes")
    path = Path(source).expanduser()
    return encoded(_content(path), path.name)


def is_picture(path: Path) -> bool:
    """Whether a file is meant as a picture, be it one that cannot be read: by its ending, or else its first bytes."""
    if path.suffix.lower() in ENDINGS:
        return True
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        return False
    return _format(start, READ) is not None


def encoded(content: bytes, name: str) -> Image:
    """The picture in a file's content; `name` is what errors call it. Raises UsageError."""
    with brought_by("documents", "pictures"):
        from PIL.Image import DecompressionBombError

    if len(content) > MAX_BYTES:
        raise UsageError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB", hint="make it smaller")
    form = _format(content, READ)
    if form is None:
        raise _unread(content, name)
    try:
        with _opened(form, BytesIO(content)) as file:
            wide, high = file.size
            if wide * high > MAX_PIXELS:
                raise UsageError(
                    f"{name} has {wide} x {high} pixels, more than the {MAX_PIXELS // 1_000_000} million that are read",
                    hint="make it smaller",
                )
            moves = bool(getattr(file, "is_animated", False))
            picture = _upright(file)
    except UsageError:
        raise
    except (MemoryError, DecompressionBombError) as error:
        raise UsageError(f"{name} does not fit into memory", hint="make it smaller") from error
    except _FAULTS as error:
        what = f"{name} is a damaged {form} picture: {' '.join(str(error).split())}"
        raise UsageError(what, hint="open it elsewhere and save it anew") from error
    shrunk = max(wide, high) > LONGEST_SIDE
    notes = ("the first of its frames" if moves else "", f"made smaller from {wide} x {high}" if shrunk else "")
    return _written(picture, name, form, ", ".join(filter(None, notes)))


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            what = "is not a file" if path.exists() else "does not exist"
            raise UsageError(f"{path} {what}", hint="name a picture: JPEG, PNG, GIF or WebP")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint="check the path") from error


def _format(start: bytes, known: Sequence[tuple[int, bytes, str]]) -> str | None:
    return next((form for at, mark, form in known if start[at : at + len(mark)] == mark), None)


def _unread(content: bytes, name: str) -> UsageError:
    if not content:
        return UsageError(f"{name} is empty", hint="check the file")
    form = _format(content, NOT_READ)
    if form is not None:
        return UsageError(f"{name} is a {form} picture, which is not read", hint=HINT)
    return UsageError(f"{name} is not a picture that can be read: JPEG, PNG, GIF or WebP", hint=HINT)


def _opened(form: str, content: BinaryIO) -> ImageFile:
    """Pillow's reader of the one format that the content shows, so that no other of its decoders is ever reached."""
    from PIL.GifImagePlugin import GifImageFile
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile
    from PIL.WebPImagePlugin import WebPImageFile

    readers: dict[str, Callable[[BinaryIO], ImageFile]] = {
        "JPEG": JpegImageFile,
        "PNG": PngImageFile,
        "GIF": GifImageFile,
        "WebP": WebPImageFile,
    }
    return readers[form](content)


def _upright(file: ImageFile) -> Picture:
    """The pixels on white, as they are to be looked at, of a file whose header has been read."""
    from PIL import Image as Pillow

    size = _fitted(file.size)
    file.draft(None, size)  # a JPEG is decoded smaller at once
    file.load()
    picture = _in_colour(file)
    if max(picture.size) > LONGEST_SIDE:
        picture = picture.resize(size, Pillow.Resampling.LANCZOS)
    sheet = Pillow.new("RGB", picture.size, "white")
    sheet.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    turn = _turns(Pillow.Transpose).get(orientation(file.info.get("exif", b"")))
    return sheet.transpose(turn) if turn is not None else sheet


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    """The size at which a picture is sent; neither side becomes nothing."""
    scale = min(1.0, LONGEST_SIDE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _in_colour(picture: Picture) -> Picture:
    """The picture as RGB, or as RGBA where some of it is transparent."""
    if picture.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at 8
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _turns(how: type[Pillow.Transpose]) -> dict[int, Pillow.Transpose]:
    """What brings a picture of each EXIF orientation upright."""
    return {
        2: how.FLIP_LEFT_RIGHT,
        3: how.ROTATE_180,
        4: how.FLIP_TOP_BOTTOM,
        5: how.TRANSPOSE,
        6: how.ROTATE_270,
        7: how.TRANSVERSE,
        8: how.ROTATE_90,
    }


def orientation(exif: bytes) -> int:
    """The orientation that EXIF data states (its tag 274), from 1 to 8; 1 where it states none that can be read."""
    data = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, start)
        for place in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, number, value = struct.unpack_from(f"{order}HHIH", data, place)
            if (tag, kind, number) == (274, 3, 1):
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        pass  # it ends before it says
    return 1


def _written(picture: Picture, name: str, form: str, note: str) -> Image:
    """The picture as bytes: a photo as JPEG, all else as PNG unless that becomes large."""
    data = _bytes(picture, "PNG") if form != "JPEG" else b""
    kind: Literal["image/jpeg", "image/png"] = "image/png"
    if not data or len(data) > MAX_PNG_BYTES:
        data, kind = _bytes(picture, "JPEG"), "image/jpeg"
    return Image(hashlib.sha256(data).hexdigest(), kind, *picture.size, name, note, data)


def _bytes(picture: Picture, form: str) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, form, quality=JPEG_QUALITY)
    return buffer.getvalue()
