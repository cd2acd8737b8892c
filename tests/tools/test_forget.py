"""Erasing a fact for good, and only one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import ToolError
from chatbot.memory import Memory
from chatbot.tools import Place, built_in_tools


def test_a_forgotten_fact_is_in_no_file_of_the_workspace(tmp_path: Path) -> None:
    remember, forget = built_in_tools(["remember", "forget"], {}, Place(tmp_path, tmp_path))
    remember("The user's locker opens with quetzal-7391.")
    assert b"quetzal-7391" in b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert forget(1) == "forgotten: The user's locker opens with quetzal-7391."

    assert b"quetzal-7391" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_nobody_forgets_for_another(tmp_path: Path) -> None:
    Memory(tmp_path / "memory.db").remember("Ada likes tea.", user="ada")
    (forget,) = built_in_tools(["forget"], {}, Place(tmp_path, tmp_path))

    with pytest.raises(ToolError, match="there is no fact 1"):
        forget(1, user="bo")
    assert Memory(tmp_path / "memory.db").facts(user="ada")
