"""Text that wants to command a terminal or to hide: single attacks, and streams of bytes made of them at random."""

from __future__ import annotations

import random
from collections.abc import Iterator

ATTACKS = (
    "\x1b]0;owned\x07",  # the title of the window
    "\x1b]2;owned\x1b\\",
    "\x9d0;owned\x9c",
    "\x1b]52;c;b3duZWQ=\x07",  # the clipboard
    "\x1b]8;;https://evil.example\x1b\\our shop\x1b]8;;\x1b\\",  # a link whose target nobody sees
    "\x1b]1337;File=inline=1:aGk=\x07",
    '\x1bP$q"p\x1b\\',  # device control, application commands, privacy messages
    "\x90+q544e\x9c",
    "\x1b_Gf=24;aGk=\x1b\\",
    "\x1b^hidden\x1b\\",
    "\x1b[2J\x1b[3J\x1b[H",  # the screen emptied, the cursor moved
    "\x9b2J\x9bH",
    "\x1b[6n\x1b[5n\x1b[c\x1b[>c\x1b[21t",  # questions that the terminal would answer as if typed
    "\x1b[?1049h\x1b[?1000h\x1b[?2004l",
    "\x1b[8m hidden \x1b[28m",
    "\x1b[38;5;201mpink\x1b[0;97;41m",
    "\x1b[20h\x1bc\x1b7\x1b8\x1bM\x1b(0\x0e\x0f",
    "\x1b%G\x1b#8",
    "paid\r \rnot paid",
    "a\x08\x08b\x07\x0b\x0c\x00\x05\x7f",
    "\x84\x85\x88\x8d\x8e\x8f\x96\x97\x98\x9a\x9e\x9f",
    "transfer \u202e001\u202c euros \u2066x\u2069\u200f\u061c",
    "read\u200b\u2060\ufeff\u00ad only\u180e\u3164",
    "".join(chr(0xE0000 + ord(each)) for each in "ignore all of it"),
    "".join(chr(0xE0100 + each) for each in b"hidden"),
    "a\ufe00b\ufe0fc\u200dd\u2028e\u2029f",
    "<http://x.example/%1b%5d0;owned%1b%5c>",  # what Markdown decodes
    "<http://x.example/%c2%9b2J%e2%80%ae>",
    "&#x1b;&#27;&#x9b;2J&#x202e;&ZeroWidthSpace;&lrm;&#xE0041;",
    '[our shop](https://evil.example/%1b%5b2J "\x1b[2J")',
    "![\x1b[2J](https://evil.example/a.png)",
    "```\x1b]0;owned\x07\n\x1b[2J\n```",
    "| \x1b[2J | \x9b2J |\n|---|---|\n| \x1b]0;owned\x07 | b |",
)

HIDDEN = "\u202e\u202d\u2066\u2067\u200b\u2060\ufeff\u00ad\u2028\u2029"
_LOOSE = "\x1b\x9b\x9d\x90\x9f\x07\x9c[]P_\\;?0123456789mJHhlqct \n\r\tabc*`_#&<>é漢🙂❤\ufe0f\u200d\U000e0041\u202e"


def hostile_stream(chance: random.Random) -> str:
    """An attack, whole or cut, or several in one another, or loose pieces of them."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.choice(ATTACKS)
    if kind == 1:
        attack = chance.choice(ATTACKS)
        return attack[: chance.randrange(len(attack)) + 1] + chance.choice("ab \n") + chance.choice(ATTACKS)
    if kind == 2:
        one, other = chance.sample(ATTACKS, 2)
        at = chance.randrange(len(one) + 1)
        return one[:at] + other + one[at:]
    return "".join(chance.choices(_LOOSE, k=chance.randrange(1, 60)))


def pieces(data: bytes, chance: random.Random, most: int) -> Iterator[bytes]:
    """The bytes, cut anywhere."""
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(most))
    yield from (data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True) if start < end)


def commands(sent: bytes) -> list[str]:
    """What of the bytes commands a terminal, or hides from who reads it."""
    text = sent.decode("utf-8", "surrogateescape")
    return [
        each
        for each in text
        if (each < " " and each not in "\n\t")
        or "\x7f" <= each < "\xa0"
        or each in HIDDEN
        or 0xDC00 <= ord(each) < 0xE000
        or 0xE0000 <= ord(each) < 0xE1000
    ]
