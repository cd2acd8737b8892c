"""E-mail (`.eml`): subject, sender, receivers and date, the text of the message, and the names of what is attached.

In: a message as it was sent. Out: its texts, those between pictures too; of one in HTML alone, its readable text. What
is attached is named, not read. Refuses what is no message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email import policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import parsedate_to_datetime

from chatbot.decoding import decode
from chatbot.errors import KnowledgeError
from chatbot.html_text import html_text
from chatbot.retrieval.formats.converted import Converted

_SHOWN = ("From", "To", "Cc", "Date")
_READ = frozenset({"text/plain", "text/html", "text/markdown", "text/enriched", "text/x-patch", "text/x-diff"})
_MOST_PARTS = 500
"""Parts of a message that are looked at; mail programs send ten."""


def convert(data: bytes) -> Converted:
    """The message. Raises KnowledgeError."""
    try:
        message = BytesParser(EmailMessage, policy=policy.default).parsebytes(data)
        headers = {name: _header(message, name) for name in (*_SHOWN, "Subject")}
        body = "\n\n".join(text.strip("\n") for text in _texts(message) if text.strip())
        attached = [name for part in _parts(message) if (name := _file_name(part))]
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise KnowledgeError("no e-mail that can be read") from error  # what the parser of the library raises
    if not any(headers.values()):
        raise KnowledgeError("no e-mail: it has neither sender nor subject nor date")
    subject = headers["Subject"]
    head = [f"# {subject}\n"] if subject else []
    about = [f"{name}: {headers[name]}" for name in _SHOWN if headers[name]]
    if attached:
        about.append(f"Attached: {', '.join(attached)}")
    text = "\n".join([*head, *about, "", body.strip("\n"), ""])
    metadata = {"from": headers["From"], "to": headers["To"], "date": _day(headers["Date"])}
    return Converted(
        text, title=subject, metadata={key: value for key, value in metadata.items() if value}, has_lines=False
    )


def _header(message: EmailMessage, name: str) -> str:
    """In one line; letters are decoded also where they stand as bytes, which old programs send."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    if raw.isascii():
        return " ".join(str(message.get(name, "")).split())
    text, _ = decode(raw.encode("utf-8", "surrogateescape"))
    return " ".join(str(message.policy.header_fetch_parse(name, text)).split())


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    for number, part in enumerate(message.walk()):
        if number >= _MOST_PARTS:
            return
        if isinstance(part, EmailMessage):
            yield part


def _file_name(part: EmailMessage) -> str:
    return " ".join((part.get_filename() or "").split())


def _texts(message: EmailMessage) -> Iterator[str]:
    """All texts of a message in their order, and those of messages in it, each below its head."""
    waiting, looked_at = [message], 0
    while waiting and looked_at < _MOST_PARTS:
        part, looked_at = waiting.pop(), looked_at + 1
        kind = part.get_content_type()
        if part.is_multipart():
            inner = [each for each in part.iter_parts() if isinstance(each, EmailMessage)]
            if kind == "message/rfc822":
                yield from ("\n".join(_head(each, ("Subject", *_SHOWN))) for each in inner)
            waiting.extend(reversed(_one_of(inner) if kind == "multipart/alternative" else inner))
        elif kind in _READ and not part.is_attachment():
            yield _readable(part)


def _head(message: EmailMessage, names: Sequence[str]) -> list[str]:
    return [f"{name}: {text}" for name in names if (text := _header(message, name))]


def _one_of(parts: list[EmailMessage]) -> list[EmailMessage]:
    """Of parts that say the same the plain one, or where nothing stands in it the last, which is the fullest."""
    plain = (part for part in parts if part.get_content_type() == "text/plain" and _readable(part).strip())
    others = [part for part in parts if part.is_multipart() or part.get_content_type() in _READ]
    return [each] if (each := next(plain, None)) else others[-1:]


def _readable(part: MIMEPart) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    text, _ = decode(content.replace(b"\0", b""), part.get_content_charset() or "")
    text = text.replace("\r\n", "\n")
    return html_text(text) if part.get_content_type() == "text/html" else text


def _day(date: str) -> str:
    """`2026-11-21`; empty for a date that is none."""
    try:
        return parsedate_to_datetime(date).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return ""
