"""Which files are read, and that none of them, however damaged, is more than a reason in a line."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.table_of_formats import FORMATS, format_of
from chatbot.retrieval.load import refusal

SEEDS = (
    b"---\ntitle: A\ntags: [b]\n---\n# H\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n",
    b"<html><head><meta charset=utf-8><title>T</title></head><body><main><h1>H</h1><p>a&#233;<table><tr><td>1</main>",
    b'name;price\n"a ""b""";1,5\n\xe9;2\n',
    json.dumps([{"name": "a", "b": [1, {"c": None}]}, {"cells": [{"cell_type": "code", "source": ["x"]}]}]).encode(),
    json.dumps(
        {"cells": [{"cell_type": "code", "source": ["x\n"], "outputs": [{"text": "y"}]}], "metadata": {}}
    ).encode(),
    b"From: a@b\r\nSubject: =?utf-8?q?x?=\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\n\r\ntext\r\n--x--\r\n",
    b'class A:\n    """x"""\n    def b(self): return [\n\nfn c() {\n}\n',
    "Title\n=====\n\n.. note:: x\n\n    y::\n\n       code\n\nтекст".encode("cp1251"),
    "text\u202e \u200b end".encode("utf-16"),
)
TEXTS = sorted({(form.name, form.language): form for form in FORMATS.values() if not form.apart}.items())


@pytest.mark.parametrize(("name", "form"), [("README", "plain text"), ("Makefile", "settings"), ("a.MD", "Markdown")])
def test_files_are_known_by_their_ending_or_where_they_have_none_by_their_name(name: str, form: str) -> None:
    found = format_of(Path(name))

    assert found is not None and found.name == form


def test_files_of_other_names_and_those_that_programs_write_are_not_opened() -> None:
    assert format_of(Path("a.bin")) is None and format_of(Path("data")) is None
    assert refusal(Path("a.bin"), 1) == "files ending in .bin are not read"
    assert refusal(Path("package-lock.json"), 1) == "written by a program"
    assert refusal(Path("offers/~$prices.xlsx"), 165) == "written by a program", "beside a file that is open"
    assert refusal(Path("a.md"), 0) == "empty"
    assert refusal(Path("a.md"), 10**9) == "larger than 20 MB"


DAMAGE = st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6), st.booleans()), max_size=6)


def damaged(seed: bytes, damage: list[tuple[float, bytes, bool]]) -> bytes:
    """The seed with bytes written over, put in, and cut off."""
    for place, junk, over in damage:
        at = int(place * len(seed))
        seed = seed[:at] if not junk else seed[:at] + junk + seed[at + len(junk) * over :]
    return seed


def read_or_refuse(data: bytes) -> None:
    for _, form in TEXTS:
        with suppress(KnowledgeError, UnicodeDecodeError):
            found = form.convert(data)
            starts = [anchor.start for anchor in found.anchors]
            assert starts == sorted(starts) and all(0 <= start <= len(found.text) for start in starts)


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(SEEDS), DAMAGE)
def test_every_format_of_text_reads_whatever_bytes_or_says_why_not(
    seed: bytes, damage: list[tuple[float, bytes, bool]]
) -> None:
    read_or_refuse(damaged(seed, damage))


@pytest.mark.slow
@settings(deadline=None, max_examples=400)
@given(st.sampled_from(SEEDS), DAMAGE)
def test_ten_thousand_damaged_files_are_read_or_refused(seed: bytes, damage: list[tuple[float, bytes, bool]]) -> None:
    read_or_refuse(damaged(seed, damage))  # 400 files as each of 30 formats and languages
