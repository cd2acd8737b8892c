"""A model in this process, as a person at a terminal meets it: loading, reading a long prompt, `/status`."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from terminal import Terminal
from tiny_models import tiny_model


def test_a_slow_start_is_shown_as_work_and_status_tells_what_it_took(folder: Path) -> None:
    tiny_model(folder / "tiny", "llama", context=2600)
    (folder / "chatbot.toml").write_text("tools = []\n")
    (folder / "long.txt").write_text("The egg is in the box on the table. " * 60)
    with Terminal("--model", "local:tiny", "--prompt", "plain", folder=folder) as chat:
        chat.see("loading local:tiny …")
        chat.see("Ctrl-D leaves.")
        chat.enter("/file long.txt")
        chat.see("attached: long.txt")
        chat.enter("Where is the egg?")
        chat.see("tokens/s")
        assert b"reading the prompt: 512 of" in chat.raw
        assert "reading the prompt" not in chat.text, "it gives way to the answer"
        assert "torchao" not in chat.text, "what libraries tell each other is not for the chat"
        chat.enter("/status")
        text = chat.see("kept prefixes")
        for told in ("the processor (cpu), in float32", "2,600 tokens", "of weights", "were kept from before"):
            assert told in text
