"""Messages as OpenAI's API takes them, `[{"role": …, "content": …}]`, with our templates in the texts.

What fills the templates is up to whoever reads the file; `rendered` fills them here. Read, a text that holds what looks
like a template but is none is taken as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from chatbot.errors import PromptError
from chatbot.messages import Message
from chatbot.prompting.convert.draft import Converted, Draft, Read
from chatbot.prompting.convert.foreign import inputs_of, json_file, part_of
from chatbot.prompting.convert.jinja_text import read_jinja, write_jinja
from chatbot.prompting.convert.losses import lost
from chatbot.prompting.convert.sampling import read_sampling
from chatbot.prompting.convert.tree import Block, Text, folded
from chatbot.prompting.convert.turns import Said, joined, listed, read_messages, without_threads
from chatbot.prompting.section import Section

TITLE = "a list of messages"

OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_completion_tokens": "max_tokens",
    "max_tokens": "max_tokens",
    "seed": "seed",
    "stop": "stop",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
}
"""Of a whole request, and the fields of `Sampling`."""


def read(path: Path, text: str) -> Read:
    """The draft of a list of messages, or of a whole request. Raises PromptError with the line of what is neither."""
    file = json_file(path, text)
    top = Section(file, file.data)
    if not top.items("messages"):
        raise top.error("there are no messages", hint='write them as [{"role": "user", "content": "…"}]')
    losses: list[str] = []

    def read_text(text: str, part: Section, key: str) -> Block:
        try:
            return read_template(text, part, key)
        except PromptError as error:
            losses.append(f"template syntax in a text, which is taken as it stands: {error.message}")
            return (Text(text),)

    messages, more = read_messages(top, "messages", read_text)
    body = joined(messages)
    options = {key: value for key, value in top.table.items() if key not in ("messages", "model")}
    sampling, unknown = read_sampling(Section(file, options), OPTIONS)
    draft = Draft(model=top.text("model"), sampling=sampling, inputs=inputs_of(file, body), body=body)
    return Read(draft, (*losses, *more, *unknown))


def write(draft: Draft) -> Converted:
    """The list of messages, with templates in their texts, and what it has no place for."""
    messages, unlisted = listed(draft.body)
    said, losses = without_threads(messages, TITLE)
    return Converted(write_messages(said), (*unlisted, *losses, *lost(draft, TITLE)), "openai")


def read_template(text: str, part: Section, key: str) -> Block:
    """A text under a key as a template of ours. Raises PromptError with its line."""
    return folded(read_jinja(part_of(part, key, text)))


def write_messages(said: Sequence[Said]) -> str:
    """Messages as JSON, with templates in their texts."""
    rows = [{"role": each.role, "content": write_jinja(each.block)} for each in said]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def rendered(messages: Sequence[Message]) -> str:
    """Messages of a rendered prompt as JSON."""
    rows = [{"role": message.role, "content": message.text} for message in messages]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
