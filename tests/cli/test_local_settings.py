"""What commands about local models read of the workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.cli.local_settings import local_options
from chatbot.errors import ProjectError


def test_the_table_local_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "chatbot.toml").write_text('[local]\nquantize = "4bit"\ntrust_remote_code = ["a/b"]\n')

    assert (local_options().quantize, local_options().trust_remote_code) == ("4bit", ("a/b",))


def test_what_is_wrong_there_is_named_with_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "chatbot.toml").write_text('[local]\nquantize = "5bit"\n')

    with pytest.raises(ProjectError, match=r"chatbot\.toml: local: quantize is '5bit'.*8bit"):
        local_options()
