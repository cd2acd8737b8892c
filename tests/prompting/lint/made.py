"""Prompt files as tests write them, and what lint finds in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chatbot.prompting.lint import Finding

Row = Mapping[str, object]


@dataclass(frozen=True)
class File:
    """What a prompt file says; inputs are names of required texts, or whole lines of YAML."""

    body: str
    inputs: Sequence[str] = ()
    head: str = ""
    """Further lines of the frontmatter."""
    ours: str = ""
    """Lines below `metadata.chatbot`."""
    pool: Sequence[Row] = field(default=())

    @property
    def text(self) -> str:
        """The file."""
        declared = [
            f"  - {line}" if line.startswith("{") else f"  - {{name: {line}, kind: string, required: true}}"
            for line in self.inputs
        ]
        ours = [f"    {line}" for line in self.ours.splitlines()]
        lines = [
            "---",
            *(["inputs:", *declared] if declared else []),
            *(["metadata:", "  chatbot:", *ours] if ours else []),
            *self.head.splitlines(),
            "---",
            self.body,
        ]
        return "\n".join(lines)


Lint = Callable[[File], list[Finding]]
