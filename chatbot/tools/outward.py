"""Whether a call that only reads could carry something out: what is asked of somebody else, they learn.

An address in an argument tells its host whatever stands in it. So do the arguments of a tool that somebody else runs,
and those that a tool declares sensitive, where they hold a document's words. Such a read counts as sending.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from chatbot.messages import ArgumentOrigin
from chatbot.tools.argument_origins import UNTRUSTED, is_copy, said_by_user
from chatbot.tools.canonical import leaves
from chatbot.tools.pattern import matches_any
from chatbot.tools.tool import Tool

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,30}:/{1,3}\S|(?:^|\s)//\w|\bwww\.\w|\bmailto:|\bxn--", re.IGNORECASE)
_HOST = re.compile(
    r"(?:[\w-]+\.)+[A-Za-z][\w-]+(?:[:/?#].*)?|\d{1,3}(?:\.\d{1,3}){3}(?:[:/?#].*)?|\[[0-9A-Fa-f:.]+\].*"
)
_ADDRESSED = re.compile(
    r"(?:^|_)(?:ur[il]|link|href|endpoint|host|hostname|domain|webhook|address|site|server)(?:e?s)?$"
)


def carries_out(
    tool: Tool, arguments: Mapping[str, object], origins: Sequence[ArgumentOrigin], trusted: Sequence[str]
) -> str:
    """Why the call could carry something out that a document or a tool said; empty where it could not.

    arguments: as JSON (`canonical.as_json`). trusted: patterns of addresses that may be told anything.
    """
    for path, address in addresses(arguments):
        if not said_by_user(origins, path, address) and not matches_any(trusted, address):
            return f"it would tell {_short(address)} what stands in that address, which the user did not give"
    for found in origins:
        named = found.argument.partition(".")[0] in tool.sensitive
        if found.origin in UNTRUSTED and (named or (_is_foreign(tool) and is_copy(found))):
            return f"{found.argument} would tell somebody outside what {_where(found)} says: {found.quote!r}"
    return ""


def addresses(arguments: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Each address in the arguments, with its path."""
    for path, value in leaves(arguments):
        if isinstance(value, str) and (_ADDRESS.search(value) or (_addressed(path) and _HOST.fullmatch(value.strip()))):
            yield path, value


def _addressed(path: str) -> bool:
    """Whether it leads to an argument that is named like an address, or to an item of a list that is."""
    name = path.rstrip(".0123456789").rpartition(".")[2]
    return _ADDRESSED.search(name.lower()) is not None


def _is_foreign(tool: Tool) -> bool:
    """Whether somebody else runs it."""
    return tool.origin.startswith(("mcp:", "openapi:"))


def _where(copy: ArgumentOrigin) -> str:
    return copy.place or f"a {copy.origin}"


def _short(address: str) -> str:
    return address if len(address) <= 80 else f"{address[:79]}…"
