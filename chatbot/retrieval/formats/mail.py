"""E-mail (`.eml`): subject, sender, receivers and date, the text of the message, and the names of what is attached.

In: a message as it was sent. Out: its text; of a message in HTML alone, the readable text of that. What is attached is
named, not read. Refuses what is no message.
"""

from __future__ import annotations

from collections.abc import Iterator
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
_MOST_PARTS = 500
"""Parts of a message that are looked at; mail programs send ten."""


def convert(data: bytes) -> Converted:
    """The message. Raises KnowledgeError."""
    try:
        message = BytesParser(EmailMessage, policy=policy.default).parsebytes(data)
        headers = {name: _header(message, name) for name in (*_SHOWN, "Subject")}
        body = "\n\n".join(part for part in _bodies(message) if part.strip())
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
    return " ".join(str(message.get(name, "")).split())


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    for number, part in enumerate(message.walk()):
        if number >= _MOST_PARTS:
            return
        if isinstance(part, EmailMessage):
            yield part


def _file_name(part: EmailMessage) -> str:
    return " ".join((part.get_filename() or "").split())


def _bodies(message: EmailMessage) -> Iterator[str]:
    """The texts of a message: of those that say the same the plain one, and of messages in it theirs."""
    body = message.get_body(("plain", "html"))
    if body is not None:
        yield _readable(body)
    for part in _parts(message):
        if part.get_content_type() == "message/rfc822" and part is not message:
            inner = part.get_payload(0)
            if isinstance(inner, EmailMessage) and (forwarded := inner.get_body(("plain", "html"))) is not None:
                head = "\n".join(f"{name}: {_header(inner, name)}" for name in ("Subject", *_SHOWN))
                yield f"{head}\n\n{_readable(forwarded)}"


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
