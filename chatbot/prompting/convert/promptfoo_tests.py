"""Tests of promptfoo to ours, and ours to promptfoo's: inputs are `vars`, expectations are assertions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

from chatbot.prompting.convert.jinja_text import write_text
from chatbot.prompting.section import Section

_TYPES: Mapping[str, tuple[str, str]] = {
    "equals": ("matches", r"\A{}\Z"),
    "contains": ("contains", "{}"),
    "icontains": ("matches", "(?i){}"),
    "starts-with": ("matches", r"\A{}"),
    "regex": ("matches", "{}"),
}
"""Assertions, our kind of expectation, and its form."""

_NOT = "not-"


def read_test(part: Section, number: int) -> tuple[Mapping[str, object] | None, list[str]]:
    """A test of ours, None where nothing is expected that we could check; and what was lost."""
    losses = [f"`{key}` of test {number}" for key in part.table if key not in ("description", "vars", "assert")]
    wanted: list[Mapping[str, object]] = []
    for index, item in enumerate(part.items("assert")):
        if not isinstance(item, Mapping):
            raise part.file.error("an assertion is a table with a type", at=(*part.at, "assert", index))
        expectation, why = _expectation(item)
        losses += [f"an assertion of test {number}: {why}"] if why else []
        wanted += [expectation] if expectation else []
    values = part.section("vars").table
    if not wanted:
        return None, [*losses, f"test {number}, of which nothing is left to expect"]
    return {"inputs": values, "assert": wanted}, losses


def _expectation(item: Mapping[str, object]) -> tuple[Mapping[str, object] | None, str]:
    kind, value = str(item.get("type")), item.get("value")
    way = kind.removeprefix(_NOT)
    if way not in _TYPES or not isinstance(value, str | int | float) or isinstance(value, bool):
        return None, f"there is none here for {kind}"
    text = str(value)
    if "{{" in text or text.startswith(("file://", "javascript:", "python:")):
        return None, f"its value {text[:40]!r} is worked out by promptfoo"
    ours, form = _TYPES[way]
    expect = form.replace("{}", re.escape(text) if ours == "matches" and way != "regex" else text)
    if ours == "matches":
        try:
            re.compile(expect)
        except re.error as error:
            return None, f"{text!r} is no regular expression here: {error}"
    return {"kind": f"not_{ours}" if kind.startswith(_NOT) else ours, "expect": expect}, ""


def write_test(test: Mapping[str, object], number: int, *, reads_all: bool) -> tuple[dict[str, object], list[str]]:
    """A test of promptfoo's, and what it cannot check; `reads_all` says that the answer is the whole reply."""
    losses: list[str] = []
    asserts: list[dict[str, object]] = []
    for each in cast(Sequence[Mapping[str, str]], test.get("assert") or ()):
        kind = each["kind"].removeprefix("not_")
        negation = _NOT if each["kind"].startswith("not_") else ""
        way = {"contains": "contains", "matches": "regex", "answer": "equals" if reads_all else ""}.get(kind, "")
        if way:
            asserts.append({"type": f"{negation}{way}", "value": write_text(each["expect"], before_tag=False)})
        else:
            losses.append(f"that test {number} expects by {each['kind']}: promptfoo cannot check it")
    if test.get("replies"):
        losses.append(f"the replies that test {number} scripts")
    written = {"vars": test.get("inputs") or {}, "assert": asserts}
    return {key: value for key, value in written.items() if value}, losses
