"""Lint: what the field knows about good prompts, held against a prompt file.

`lint_file(path)` gives findings, each with its line, its reason and the change to make. Few false alarms matter more
than many findings: a rule that cannot be sure is silent, and wording is judged in English only.

    P0  the file itself, and what it allows itself    P3  variables
    P1  the task                                      P4  examples                P6  size
    P2  context                                       P5  contradictions          P7  what was measured
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from chatbot.errors import NotFoundError, ProjectError
from chatbot.prompting.lint import context, contradictions, examples, measured, size, task, variables
from chatbot.prompting.lint.allowed import without_allowed
from chatbot.prompting.lint.finding import Finding, Severity
from chatbot.prompting.lint.size import Counting, Sized
from chatbot.prompting.lint.subject import Subject, examine
from chatbot.prompting.prompt import Prompt
from chatbot.prompting.prompt_file import PromptFile, read_prompt_file

__all__ = ["Counting", "Finding", "Severity", "Sized", "examine", "lint", "lint_file"]

UNREADABLE = "P002"
_PLACE = re.compile(r"^(?P<path>.+?):(?P<line>\d+): (?P<what>.+)$", re.MULTILINE)
RULES = (*task.RULES, *context.RULES, *variables.RULES, *examples.RULES, *contradictions.RULES, *measured.RULES)
KNOWN = tuple(rule.id for rule in (*variables.FILE_RULES, *RULES, *size.RULES))
"""Rules that a file can allow itself to break."""


def lint(prompt: Prompt, counting: Counting | None = None) -> list[Finding]:
    """What there is to mend in a prompt that was loaded, in the order of its lines."""
    return _in_order(_of_prompt(examine(prompt), counting), prompt.file, counting)


def lint_file(path: Path, counting: Counting | None = None) -> list[Finding]:
    """What there is to mend in a file, be it one that cannot be loaded.

    Raises NotFoundError where there is no such file.
    """
    try:
        file = read_prompt_file(path)
    except NotFoundError:
        raise
    except ProjectError as error:
        return list(_unreadable(error, path))
    found = [finding for rule in variables.FILE_RULES for finding in rule.findings(file, path)]
    try:
        found += _of_prompt(examine(Prompt.load(path)), counting)
    except (ProjectError, NotFoundError) as error:
        if not found:
            found = list(_unreadable(error, path))
    return _in_order(found, file, counting)


def _of_prompt(subject: Subject, counting: Counting | None) -> list[Finding]:
    path = subject.prompt.path
    found = [finding for rule in RULES for finding in rule.findings(subject, path)]
    if counting is not None:
        found += [finding for rule in size.RULES for finding in rule.findings(Sized(subject, counting), path)]
    return found


def _in_order(findings: list[Finding], file: PromptFile, counting: Counting | None) -> list[Finding]:
    unread = {UNREADABLE} & {finding.rule for finding in findings}
    unasked = {rule.id for rule in size.RULES} if counting is None else set()
    shown = findings if unread else without_allowed(findings, file, KNOWN, unasked)
    return sorted(shown, key=lambda finding: (finding.path != file.path, str(finding.path), finding.line, finding.rule))


def _unreadable(error: ProjectError | NotFoundError, path: Path) -> Iterator[Finding]:
    """The loader's own error: a finding for each line of it that begins with a place."""
    why, change = "A prompt that cannot be read cannot be used.", error.hint or "mend this line"
    places = list(_PLACE.finditer(error.message))
    for match in places:
        yield Finding(UNREADABLE, "error", Path(match["path"]), int(match["line"]), match["what"], why, change)
    if not places:
        yield Finding(UNREADABLE, "error", path, 1, error.message, why, change)
