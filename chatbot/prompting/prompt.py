"""`Prompt`: a prompt file, read and checked once, rendered to messages as often as needed.

prompt = Prompt.load("chat")
messages = prompt.render(question="What is beam search?", history=[])
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot import codec
from chatbot.errors import NotFoundError, ProjectError, PromptError, nearest
from chatbot.messages import Message
from chatbot.paths import inside
from chatbot.prompting.budget import OverBudget
from chatbot.prompting.demonstrations import Pool, read_pool
from chatbot.prompting.frontmatter import Frontmatter, PromptSettings, read_frontmatter
from chatbot.prompting.inputs import Input, bind, parse_value
from chatbot.prompting.prompt_file import PromptFile, read_prompt_file
from chatbot.prompting.roles import to_messages
from chatbot.sampling import Sampling

if TYPE_CHECKING:
    from chatbot.prompting.template import Template

SUFFIX = ".prompty"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt: what it needs, how to draw from the model, and the messages it makes."""

    name: str
    """The file's name without its ending."""
    path: Path
    hash: str
    """Sixteen hex digits that change with what the file sends, and not with what it only says of itself."""
    frontmatter: Frontmatter
    file: PromptFile = field(repr=False, compare=False)
    template: Template = field(repr=False, compare=False)
    pool: Pool | None = field(default=None, repr=False, compare=False)
    """The demonstrations to choose from, where the file names some."""

    @classmethod
    def load(cls, prompt: str | Path, folder: Path | None = None) -> Prompt:
        """The prompt of that name in `folder` (default: the workspace's prompts, then the starter's), or at a path.

        Raises NotFoundError with the nearest name, and PromptError with file and line for every mistake in the file.
        """
        from chatbot.prompting.template import read_template

        path = path_of(prompt, folder)
        file = read_prompt_file(path)
        frontmatter = read_frontmatter(file)
        template = read_template(file, frozenset(frontmatter.inputs))
        pool = _pool(frontmatter, file)
        return cls(path.stem, path, _hash(frontmatter, file.body, pool), frontmatter, file, template, pool)

    @property
    def version(self) -> str:
        """Name and hash, as the journal names what was asked with."""
        return f"{self.name}@{self.hash}"

    @property
    def description(self) -> str:
        """What the prompt is for, in a line."""
        return self.frontmatter.description

    @property
    def inputs(self) -> Mapping[str, Input]:
        """The inputs it declares, by name."""
        return self.frontmatter.inputs

    @property
    def sampling(self) -> Sampling:
        """How to draw from the model, as far as the file says."""
        return self.frontmatter.sampling

    @property
    def model(self) -> str | None:
        """The model it was written for, where the file names one."""
        return self.frontmatter.model

    @property
    def outputs(self) -> Mapping[str, object] | None:
        """JSON Schema of the answer, where the file declares its outputs."""
        return self.frontmatter.outputs

    @property
    def settings(self) -> PromptSettings:
        """What the file says under `metadata.chatbot`."""
        return self.frontmatter.settings

    def render(self, /, **inputs: object) -> list[Message]:
        """The messages with these inputs.

        Text of an input is the user's, a `Segment` keeps its own origin, at any depth of a list or table; a thread's
        messages come out as they went in. Roles are read in the file's own text only. Raises PromptError that names
        every input that is missing, unknown or of the wrong kind, and where a rendering grows too long.
        """
        try:
            values = bind(self.inputs, inputs)
            return to_messages(self.template.pieces(values), self.file)
        except OverBudget as error:
            raise PromptError(f"{self.path}: the prompt cannot be rendered: {error.message}") from None
        except PromptError as error:
            if error.message.startswith(f"{self.path}:"):
                raise
            raise PromptError(f"prompt {self.name!r} cannot be rendered: {error.message}", hint=error.hint) from None

    def parse_input(self, name: str, text: str) -> object:
        """The value of an input from text, as on a command line: strings as they are, other kinds as JSON."""
        if name not in self.inputs:
            raise NotFoundError(f"prompt {self.name!r} has no input {name!r}", hint=nearest(name, self.inputs))
        return parse_value(self.inputs[name], text)


def list_prompts(folder: Path) -> list[Prompt]:
    """The prompts of a folder, by name; none where the folder does not exist.

    Raises PromptError for the first file that cannot be read.
    """
    return [Prompt.load(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def path_of(prompt: str | Path, folder: Path | None = None) -> Path:
    """The file of a prompt, by its name in a folder or by a path.

    folder: None for the workspace's prompts, and for the starter's where the workspace has none of that name. Raises
    NotFoundError with the nearest name; whether there is a file at a path is seen where it is read.
    """
    if isinstance(prompt, Path) or prompt.endswith(SUFFIX) or "/" in prompt or "\\" in prompt:
        return Path(prompt)
    known: dict[str, Path] = {}
    folders = _folders() if folder is None else [folder]
    for each in reversed(folders):
        known |= {path.stem: path for path in each.glob(f"*{SUFFIX}")}
    if prompt not in known:
        raise NotFoundError(f"there is no prompt {prompt!r} in {folders[0]}", hint=nearest(prompt, known))
    return known[prompt]


def _folders() -> list[Path]:
    """Where prompts are looked up: the user's own first."""
    from chatbot.workspace import find_workspace, starter_root

    return [find_workspace().prompts, starter_root() / "prompts"]


def _pool(frontmatter: Frontmatter, file: PromptFile) -> Pool | None:
    """The demonstrations that the file names, which lie beside it or below."""
    choice = frontmatter.settings.examples
    if choice is None:
        return None
    try:
        return read_pool(inside(file.path.parent, choice.source), frontmatter.inputs)
    except PromptError:
        raise
    except (ProjectError, NotFoundError) as error:
        at = ("metadata", "chatbot", "examples", "from")
        raise file.error(error.message, at=at, hint=error.hint) from error


def _hash(frontmatter: Frontmatter, body: str, pool: Pool | None) -> str:
    """Of what changes the messages, the calls and the answer: body, inputs and defaults, sampling, model and settings.

    Not of descriptions and tests, of the order in which inputs are declared, or of which values an input takes.
    """
    inputs = [[name, declared.kind, declared.default] for name, declared in sorted(frontmatter.inputs.items())]
    settings = frontmatter.settings
    ours = [settings.strategy, settings.examples, settings.answer, settings.budget, pool.hash if pool else ""]
    content = [
        frontmatter.outputs,
        inputs,
        codec.plain(frontmatter.sampling.said()),
        frontmatter.model,
        codec.plain(ours),
        body,
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
