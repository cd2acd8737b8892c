"""Files that go along with a question: a text as a passage, a picture as an image."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from chatbot.messages import Image, Passage

Attachment = Passage | Image


def read_file(path: Path) -> Attachment:
    """The file at `path`. Raises ChatbotError in one line where it is neither a text nor a picture that is read."""
    from chatbot.images import is_picture, read_image
    from chatbot.retrieval import passage_of_file

    return read_image(path) if is_picture(path) else passage_of_file(path)


def in_brief(attachment: Attachment) -> str:
    """What goes along, for people."""
    if isinstance(attachment, Passage):
        return f"{attachment.path} ({len(attachment.text):,} characters)"
    size = f"{attachment.width} x {attachment.height} pixels"
    return f"{attachment.name} ({', '.join(filter(None, (size, attachment.note)))})"


def passages(attachments: Iterable[Attachment]) -> tuple[Passage, ...]:
    """The texts among them."""
    return tuple(each for each in attachments if isinstance(each, Passage))


def images(attachments: Iterable[Attachment]) -> tuple[Image, ...]:
    """The pictures among them."""
    return tuple(each for each in attachments if isinstance(each, Image))
