"""HTML and SVG as values: what is not `Markup` is text, and is escaped, so nobody's words can become a tag.

tag("p", "fewer than ", tag("b", "2 < 3"), class_="note")
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html import escape

VOID = frozenset({"meta", "link", "br", "hr", "input", "col"})
"""Elements of HTML that have no end tag."""

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that a page may not hold, or that no file in UTF-8 can."""

_NAME = re.compile(r"[A-Za-z][\w.:-]*")


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child = str | int | None | Iterable["Child"]
"""Markup as it is, other text escaped, the children of a list in their order; None is nothing."""


def tag(element: str, /, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """An element. An attribute's last underscore is dropped, others are hyphens; None and False leave it out.

    Raises ValueError for a name that is none.
    """
    opened = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    if not _NAME.fullmatch(element):
        raise ValueError(f"{element!r} is no element")
    if element in VOID:
        return Markup(f"<{element}{opened}>")
    return Markup(f"<{element}{opened}>{joined(*children)}</{element}>")


def joined(*children: Child) -> Markup:
    """The children after one another."""
    return Markup("".join(_shown(child) for child in children))


def closed_page(title: str, style: str, *body: Child, script: str = "") -> str:
    """A whole page that fetches nothing and runs nothing but this script: it allows these texts by their hash."""
    runs = f" script-src '{_hash(script)}';" if script else ""
    policy = f"default-src 'none'; style-src '{_hash(style)}';{runs} base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    shown = tag("body", *body, tag("script", Markup(script)) if script else None)
    return f"<!doctype html>\n{tag('html', head, shown, lang='en')}\n"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def fit(text: str) -> str:
    """The text with U+FFFD for characters that a page cannot hold."""
    return _UNFIT.sub("\ufffd", text)


def _shown(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str | int):
        return escape(fit(str(child)), quote=False)
    return "".join(_shown(each) for each in child)


def _attribute(name: str, value: str | float | bool | None) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no attribute")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    shown = f"{value:.6g}" if isinstance(value, float) else str(value)
    return f' {name}="{escape(fit(shown))}"'
