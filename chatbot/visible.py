"""Text of strangers as people should see it: characters that nobody can see are written out.

What is approved by a person must be what a model reads, so both are shown this form.
"""

from __future__ import annotations

import unicodedata

_UNSEEN = frozenset(
    {
        *range(0xFE00, 0xFE10),  # variation selectors, which can carry a hidden message byte by byte
        *range(0xE0100, 0xE01F0),
        *range(0x2000, 0x200B),  # spaces of all widths
        *(0x202F, 0x205F),
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),  # letters and marks that draw nothing
    }
)

_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Controls, formatting, tags, unassigned, private, surrogates, and the two unusual ends of line."""


def visible(text: str) -> str:
    """The text with each character that cannot be seen written as `⟨U+200B⟩`; line ends and tabs stay."""
    return "".join(f"⟨U+{ord(each):04X}⟩" if _is_unseen(each) else each for each in text)


def _is_unseen(character: str) -> bool:
    if character in "\n\t":
        return False
    return ord(character) in _UNSEEN or unicodedata.category(character) in _CATEGORIES
