"""Pictures are read by their content, turned upright, bounded, and leave with nothing but their pixels."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pictures import claims, drawing, file_of, opened, photo
from PIL import Image as Pillow
from PIL import PngImagePlugin

from chatbot.errors import UsageError
from chatbot.images import (
    LONGEST_SIDE,
    MAX_BYTES,
    MAX_PNG_BYTES,
    encoded,
    images_of,
    is_picture,
    orientation,
    read_image,
)
from chatbot.messages import Image

RED, BLUE, GREEN = (254, 0, 0), (0, 0, 254), (0, 128, 0)


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 25 for a, b in zip(pixel, colour, strict=True))


# --- what is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "kind"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("GIF", "image/png"), ("WEBP", "image/png")]
)
def test_each_format_is_read_whatever_its_file_is_called(form: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.txt"
    path.write_bytes(file_of(drawing(), form))
    image = read_image(path)
    assert (image.media_type, image.width, image.height, image.name) == (kind, 64, 48, "picture.txt")
    picture = opened(image.data)
    assert picture.get_format_mimetype() == kind and picture.size == (64, 48) and picture.mode == "RGB"
    assert near(picture.getpixel((2, 2)), GREEN) and near(picture.getpixel((60, 40)), BLUE)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixels_becomes_colour(mode: str) -> None:
    source = drawing(mode="L").convert("I").point(lambda v: v * 257) if mode == "I;16" else drawing(mode=mode)
    picture = opened(encoded(file_of(source.convert(mode), "PNG"), "x").data)
    assert picture.mode == "RGB"
    brightness = drawing(mode="L").getpixel((60, 40))
    if mode in ("L", "LA", "I;16"):
        pixel = picture.getpixel((60, 40))
        assert isinstance(brightness, int) and near(pixel, (brightness,) * 3)


def test_a_cmyk_photo_keeps_its_colours() -> None:
    picture = opened(encoded(file_of(drawing(mode="CMYK")), "x").data)
    assert near(picture.getpixel((60, 40)), BLUE)


def test_what_is_transparent_lies_on_white() -> None:
    clear = Pillow.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert opened(encoded(file_of(clear, "PNG"), "x").data).getpixel((4, 4)) == (255, 255, 255)


def test_the_same_picture_has_the_same_hash_and_a_read_one_stays_as_it_is() -> None:
    first, second = read_image(photo()), read_image(photo())
    assert first == second and first.hash == hashlib.sha256(first.data).hexdigest()
    assert images_of([first]) == (first,)
    assert first != read_image(photo(65))


def test_of_an_animation_the_first_frame_is_read_and_the_user_is_told() -> None:
    frames = [drawing(), Pillow.new("RGB", (64, 48), "white")]
    content = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])
    image = encoded(content, "x.gif")
    assert image.note == "the first of its frames"
    assert near(opened(image.data).getpixel((60, 40)), BLUE)


# --- upright, and nothing else ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("held", "size", "corner"),
    [
        (1, (64, 48), (2, 2)),
        (2, (64, 48), (61, 2)),
        (3, (64, 48), (61, 45)),
        (4, (64, 48), (2, 45)),
        (5, (48, 64), (2, 2)),
        (6, (48, 64), (45, 2)),
        (7, (48, 64), (45, 61)),
        (8, (48, 64), (2, 61)),
    ],
)
def test_a_picture_is_turned_as_it_was_held(
    form: str, held: int, size: tuple[int, int], corner: tuple[int, int]
) -> None:
    image = read_image(photo(orientation=held, form=form))
    assert (image.width, image.height) == size
    assert near(opened(image.data).getpixel(corner), GREEN)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_neither_place_nor_maker_nor_what_is_hidden_leaves(form: str) -> None:
    content = photo(orientation=6, form=form) + b"hidden behind the end"
    assert b"Telephone Works" in content
    data = read_image(content).data
    assert b"Telephone" not in data and b"hidden" not in data
    assert not opened(data).getexif() and "exif" not in opened(data).info


def test_words_profiles_and_comments_of_a_file_do_not_leave() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "somebody")
    png = file_of(drawing(), "PNG", pnginfo=notes, icc_profile=b"a profile with a name")
    jpeg = file_of(drawing(), "JPEG", comment=b"somebody", icc_profile=b"a profile with a name")
    for content in (png, jpeg):
        assert b"somebody" in content
        info = opened(read_image(content).data).info
        assert not {"Author", "comment", "icc_profile"} & info.keys()


@given(st.binary(max_size=80))
@example(b"Exif\0\0II*\0\xff\xff\xff\xff")
@example(b"MM\0*\0\0\0\x08\xff\xff")
def test_whatever_stands_in_exif_data_an_orientation_comes_of_it(exif: bytes) -> None:
    assert 1 <= orientation(exif) <= 8


# --- bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_large_picture_is_made_smaller_and_the_user_is_told(form: str) -> None:
    image = encoded(file_of(drawing(4100, 1000), form), "x")
    assert (image.width, image.height) == (LONGEST_SIDE, 500)
    assert opened(image.data).size == (LONGEST_SIDE, 500)
    assert image.note == "made smaller from 4100 x 1000"


def test_a_thin_line_keeps_a_pixel_of_its_thickness() -> None:
    image = encoded(file_of(drawing(9000, 1), "PNG"), "x")
    assert (image.width, image.height) == (LONGEST_SIDE, 1)


def test_a_picture_that_is_large_as_png_is_sent_as_jpeg() -> None:
    noise = Pillow.merge("RGB", [Pillow.effect_noise((1500, 1500), 100) for _ in range(3)])
    content = file_of(noise, "PNG", compress_level=0)
    image = encoded(content, "x")
    assert len(content) > MAX_PNG_BYTES and image.media_type == "image/jpeg"
    assert len(image.data) <= MAX_PNG_BYTES


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (claims(60_000, 60_000), "60000 x 60000 pixels, more than the 64 million"),
        (b"\xff\xd8\xff" + b"\0" * MAX_BYTES, "larger than 20 MB"),
        (b"", "is empty"),
        (b"just words", "not a picture that can be read: JPEG, PNG, GIF or WebP"),
        (b"\0\0\0\x18ftypheic", "is a HEIC picture, which is not read (save it as JPEG or PNG)"),
        (b"II*\0" + b"\0" * 40, "is a TIFF picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture that can be read"),
        (claims(64, 48), "is a damaged PNG picture"),
        (photo()[:200], "is a damaged JPEG picture"),
        (b"GIF89a", "is a damaged GIF picture"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "is a damaged WebP picture"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(content: bytes, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        encoded(content, "photo.jpg")
    assert str(raised.value).startswith("photo.jpg ") and said in str(raised.value)
    assert "\n" not in str(raised.value) and raised.value.hint


@settings(deadline=None)
@given(
    st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12),
    st.floats(0, 1),
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    form: str, changes: list[tuple[float, int]], kept: float
) -> None:
    content = bytearray(photo(form=form) if form != "GIF" else file_of(drawing(), form))
    for place, value in changes:
        content[int(place * len(content))] = value
    try:
        image = encoded(bytes(content[: int(kept * len(content))]), "x")
    except UsageError as refused:
        image, said = None, str(refused)
    else:
        said = ""
    assert "\n" not in said
    assert image is None or opened(image.data).size == (image.width, image.height)


# --- where pictures come from -----------------------------------------------------------------------------------------


def test_a_missing_file_a_folder_a_pipe_and_an_address_are_no_pictures(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    sources = (tmp_path / "none.jpg", tmp_path, tmp_path / "pipe", "https://example.com/a.jpg", "data:image/png,x")
    for source, said in zip(sources, ("does not exist", "not a file", "not a file", "address", "address"), strict=True):
        with pytest.raises(UsageError, match=said):
            read_image(source)
    with pytest.raises(UsageError, match="a list"):
        images_of("photo.jpg")


def test_a_picture_is_known_by_its_ending_or_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(photo())
    (tmp_path / "notes.txt").write_text("BM is how a word may begin")
    assert is_picture(tmp_path / "plain") and is_picture(tmp_path / "gone.JPG")
    assert not is_picture(tmp_path / "notes.txt") and not is_picture(tmp_path) and not is_picture(tmp_path / "gone")


def test_a_picture_counts_as_many_tokens_as_models_take_for_it() -> None:
    assert Image("", "image/png", 2048, 2048).tokens == 5592
    assert Image("", "image/png", 32, 32).tokens == 576
