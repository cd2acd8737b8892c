"""Prompt files for the tests, written to a real folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chatbot.prompting import Prompt

PromptMaker = Callable[..., Prompt]


@pytest.fixture
def make_prompt(tmp_path: Path) -> PromptMaker:
    """Writes a prompt file and loads it: `make_prompt(body, inputs="question: {kind: string}")`."""

    def make(body: str, *, inputs: str = "", frontmatter: str = "") -> Prompt:
        declared = "".join(f"  {line}\n" for line in inputs.splitlines())
        head = (f"inputs:\n{declared}" if declared else "") + frontmatter
        path = tmp_path / "made.prompty"
        path.write_text(f"---\n{head}---\n{body}", encoding="utf-8")
        return Prompt.load(path)

    return make
