"""A file that goes along with a question is a text or a picture, and is named in brief."""

from __future__ import annotations

from pathlib import Path

import pytest
from pictures import drawing, file_of, photo

from chatbot.cli.attaching import images, in_brief, passages, read_file
from chatbot.errors import KnowledgeError, UsageError


def test_a_text_and_a_picture_are_told_apart_by_what_they_hold(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("The shop is closed.\n", encoding="utf-8")
    (tmp_path / "disguised.txt").write_bytes(photo())
    both = [read_file(tmp_path / "note.txt"), read_file(tmp_path / "disguised.txt")]
    assert [passage.text for passage in passages(both)] == ["The shop is closed.\n"]
    assert [image.name for image in images(both)] == ["disguised.txt"]


def test_what_goes_along_is_said_in_brief(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("The shop is closed.\n", encoding="utf-8")
    (tmp_path / "big.png").write_bytes(file_of(drawing(3000, 30), "PNG"))
    assert in_brief(read_file(tmp_path / "note.txt")) == f"{tmp_path / 'note.txt'} (20 characters)"
    assert in_brief(read_file(tmp_path / "big.png")) == "big.png (2048 x 20 pixels, made smaller from 3000 x 30)"


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.jpg").write_text("words", encoding="utf-8")
    with pytest.raises(UsageError, match=r"words\.jpg is not a picture that can be read"):
        read_file(tmp_path / "words.jpg")
    with pytest.raises(KnowledgeError):
        read_file(tmp_path / "gone.md")
