"""What a file allows itself: `{# lint: allow P203, because the documents are our own #}` in the body.

A reason is required. An allowance without one, of a rule that does not exist, or of one that finds nothing, is itself a
finding, which cannot be allowed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError

from chatbot.errors import nearest
from chatbot.prompting.lint.finding import Finding
from chatbot.prompting.prompt_file import PromptFile

_COMMENT = re.compile(r"\s*lint\s*:(.*)", re.DOTALL | re.IGNORECASE)
_ALLOWED = re.compile(
    r"\s*allow\s+(P\d+(?:[\s,]+(?:and\s+)?P\d+)*)\s*,?\s*(?:because\s+(\S.*?))?[\s.-]*$", re.DOTALL | re.I
)

WHY = "Whoever reads the file later must see what was decided, and why."


@dataclass(frozen=True, slots=True)
class Allowance:
    """A comment that silences rules."""

    rules: tuple[str, ...]
    reason: str
    line: int
    text: str


def allowances(file: PromptFile) -> list[Allowance]:
    """The comments of a body that begin with `lint:`; none where the body cannot be read."""
    try:
        tokens = list(Environment(keep_trailing_newline=True, autoescape=False).lex(file.body))  # noqa: S701  # read only
    except TemplateSyntaxError:
        return []
    found = []
    for line, kind, text in tokens:
        comment = _COMMENT.match(text) if kind == "comment" else None
        if comment:
            allowed = _ALLOWED.match(comment[1])
            rules = tuple(re.findall(r"P\d+", allowed[1].upper())) if allowed else ()
            reason = allowed[2] or "" if allowed else ""
            found.append(Allowance(rules, reason, file.body_line + line - 1, " ".join(comment[1].split())))
    return found


def without_allowed(
    findings: Sequence[Finding], file: PromptFile, known: Collection[str], unasked: Collection[str] = ()
) -> Iterator[Finding]:
    """The findings that the file does not allow, and what is wrong with its allowances.

    known: the rules there are. unasked: those that were not applied, so that nobody knows what they would find.
    """
    given = allowances(file)
    silenced = {rule for each in given if each.reason for rule in each.rules}
    found = {*unasked, *(finding.rule for finding in findings)}
    for each in given:
        yield from _wrong(each, file, known, found)
    yield from (finding for finding in findings if finding.rule not in silenced)


def _wrong(each: Allowance, file: PromptFile, known: Collection[str], found: Collection[str]) -> Iterator[Finding]:
    def finding(message: str, change: str) -> Finding:
        return Finding("P001", "warning", file.path, each.line, message, WHY, change)

    if not each.rules:
        yield finding(f"this comment allows nothing: {each.text!r}", "{# lint: allow P203, because … #}")
    elif not each.reason:
        yield finding("the allowance gives no reason, and so has no effect",
                      f"{{# lint: allow {' '.join(each.rules)}, because … #}}")  # fmt: skip
    for rule in each.rules:
        if rule not in known:
            yield finding(f"there is no rule {rule} ({nearest(rule, known)})", "name the rule that the finding names")
        elif each.reason and rule not in found:
            yield finding(f"{rule} is allowed, and finds nothing here", f"take {rule} out of the comment")
