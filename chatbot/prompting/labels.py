"""One of a set of labels, as the author spells it.

Case, accents and punctuation do not matter; whole words do. Of labels that overlap the longest is meant, and a label
that is negated ("not positive", "neither positive nor negative") is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from chatbot.prompting.plain import bare
from chatbot.prompting.statements import LONGEST, Statement, read

_NEGATION = re.compile(
    r"(?:\b(?:not|never|neither|nor|non|isn t|wasn t|aren t|doesn t|don t|didn t|hardly|barely|scarcely|without"
    r"|nothing|far from|anything but|"
    r"rather than|instead of|less than|as opposed to|no|no longer|cannot be|can t be|lacks|lacking|low on|free of"
    r"|nor is it)"
    r"(?: (?:a|an|the|at all|really|quite|very|so|that|be|been|being|exactly|clearly|entirely|overly|particularly"
    r"|even|considered|classified|"
    r"labell?ed|as|any|is|it|was|either|seem|look|sound|or|express|show|anything))*|neither [\w ]{1,40} (?:nor|or)) $"
)
_VERDICT = re.compile(
    r"\W*(?:so|therefore|thus|hence|overall|in conclusion|in summary|finally|all in all|on balance)\b", re.IGNORECASE
)
_FIRST = re.compile(
    r"(?:(?:the|a|an|it|is|s|this|that|most|likely|probably|clearly|definitely|strongly|mostly|overall|label|class"
    r"|category|sentiment)\s)*"
)
_OTHER = re.compile(r" (?:or|and|to|versus|vs)(?: \w+)? ")


def label(text: str, labels: Sequence[str]) -> str | None:
    """The label that a reply states, else the only one that it tells."""
    known = {folded(name): name for name in reversed(labels)}
    if len(text) <= LONGEST and (alone := folded(bare(text))) in known:
        return known[alone]
    said = read(text, topics=True)
    for statement in said.stated:
        if found := _stated(statement, known):
            return found
        if statement.refuses:
            return None
    lines = {known[name] for sentence in said.told if (name := folded(bare(sentence))) in known}
    if lines:
        return lines.pop() if len(lines) == 1 else None
    named = [set(map(known.__getitem__, _named(sentence, known))) for sentence in said.told]
    for found_all in (named[-1] if named and _VERDICT.match(said.told[-1]) else set(), set[str]().union(*named)):
        if len(found_all) == 1:
            return found_all.pop()
    return None


def folded(text: str) -> str:
    """Lowercase words without accents and punctuation, one space apart."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(
        " " if character in "_-" else character for character in decomposed if not unicodedata.combining(character)
    )
    return " ".join(re.sub(r"[^\w+#]+", " ", kept).split())


def _stated(statement: Statement, known: Mapping[str, str]) -> str | None:
    said = folded(statement.text)
    if said in known:
        return known[said]
    if statement.alone and len(said.split()) > 12:
        return None
    named = list(_named(statement.text, known))
    if len(set(named)) == 1:
        return known[named[0]]
    opening = _FIRST.match(said)
    rest = said[opening.end() :] if opening else said
    for name in named[:1]:
        if (
            rest.startswith(name)
            and not _OTHER.match(rest[len(name) :])
            and "," not in statement.text[: len(name) + 12]
        ):
            return known[name]
    return None


def _named(text: str, known: Mapping[str, str]) -> list[str]:
    """The labels in a text, folded, in order, without those that are negated."""
    said = folded(text)
    names = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True) if name)
    found = re.finditer(rf"(?<!\w)(?:{names})(?!\w)", said) if names else ()
    return [match[0] for match in found if not _NEGATION.search(said[max(0, match.start() - 60) : match.start()])]
