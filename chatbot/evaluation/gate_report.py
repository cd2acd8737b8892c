"""A gate's outcome for a pull request (Markdown) and for a build server (JUnit XML).

What comes from datasets, models and suites is shown as code or escaped: it links nowhere, mentions nobody, and cannot
break the table it stands in.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from chatbot.evaluation.gate import Gate, Gated, Outcome

SIGNS: Mapping[Outcome, str] = {"pass": "✅ pass", "fail": "❌ fail", "undecided": "❔ undecided"}

LISTED = 20
"""Items that score less than before, as far as a comment lists them."""

SHOWN = 10
"""The same on a terminal."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_lines(gate: Gate) -> list[str]:
    """For a terminal: the outcome first, then each variant with its difference, and why it is so."""
    lines = [f"{gate.outcome}: {gate.suite} must be at most {gate.margin:g} worse than {gate.baseline}"]
    for each in gate.gated:
        lines.append("  " + ", ".join(filter(None, (f"{each.name}: {each.outcome}", difference(each)))))
        lines.append(f"    {each.reason}{_aside(each)}")
        if each.newly_wrong:
            shown = ", ".join(each.newly_wrong[:SHOWN]) + (", …" if len(each.newly_wrong) > SHOWN else "")
            lines.append(f"    {len(each.newly_wrong)} items score less than before: {shown}")
    lines += [f"  {name}: nothing is blessed of it, so it is not gated" for name in gate.not_gated]
    return [*lines, f"run {gate.run}: `chatbot eval show {gate.run}` has all of it"]


def as_markdown(gate: Gate) -> str:
    """A comment: the outcome first, then a line a variant, then the items that score less.

    Its first line marks it, so that a later comment on the same suite can take its place.
    """
    lines = [
        f"<!-- chatbot eval gate: {re.sub(r'[^0-9A-Za-z_.-]', '-', gate.suite)} -->",
        f"### {SIGNS[gate.outcome]}: {_code(gate.suite)}",
        "",
        f"It must be at most {gate.margin:g} worse than {_plain(gate.baseline)}; this is run {gate.run}.",
        "",
        "| variant | outcome | difference | 95 % | items | p |",
        "|---|---|---|---|---|---|",
        *(_row(each) for each in gate.gated),
        "",
        *(f"- {_code(each.name)}: {each.reason}{_aside(each)}" for each in gate.gated),
        *(f"- {_code(name)}: nothing is blessed of it, so it is not gated" for name in gate.not_gated),
    ]
    for each in gate.gated:
        if each.newly_wrong:
            lines += ["", *_lost(each)]
    return "\n".join(lines) + "\n"


def as_junit(gate: Gate) -> str:
    """JUnit XML: a test case a variant; what is undecided is skipped, with the reason."""
    outcomes = [each.outcome for each in gate.gated]
    counts = {
        "tests": str(len(outcomes)),
        "failures": str(outcomes.count("fail")),
        "errors": "0",
        "skipped": str(outcomes.count("undecided")),
    }
    suites = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": _xml(gate.suite), **counts})
    for each in gate.gated:
        case = ElementTree.SubElement(suite, "testcase", {"classname": _xml(gate.suite), "name": _xml(each.name)})
        told = "; ".join(filter(None, (difference(each), each.reason + _aside(each))))
        if each.outcome != "pass":
            kind = "failure" if each.outcome == "fail" else "skipped"
            ElementTree.SubElement(case, kind, {"message": _xml(told)}).text = _xml("\n".join(each.newly_wrong))
        else:
            ElementTree.SubElement(case, "system-out").text = _xml(told)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def difference(gated: Gated) -> str:
    """The difference with its interval, in one piece of text; empty where there is none."""
    if gated.comparison is None:
        return ""
    found = gated.comparison.difference
    return f"{found.value:+.3f} [{found.interval.low:+.3f}, {found.interval.high:+.3f}] on {found.n:,} items"


def _row(gated: Gated) -> str:
    found = gated.comparison
    if found is None:
        return f"| {_cell(gated.name)} | {SIGNS[gated.outcome]} | – | – | 0 | – |"
    interval = found.difference.interval
    return (
        f"| {_cell(gated.name)} | {SIGNS[gated.outcome]} | {found.difference.value:+.3f} "
        f"| {interval.low:+.3f} to {interval.high:+.3f} | {found.difference.n:,} | {found.test.p:.3g} |"
    )


def _aside(gated: Gated) -> str:
    return f"; {gated.left_out} items are left out: only one side has them, or they changed" if gated.left_out else ""


def _lost(gated: Gated) -> Sequence[str]:
    shown = ", ".join(_code(key) for key in gated.newly_wrong[:LISTED])
    more = f" and {len(gated.newly_wrong) - LISTED} more" if len(gated.newly_wrong) > LISTED else ""
    head = f"{len(gated.newly_wrong)} items score less than before"
    return [f"<details><summary>{head}</summary>", "", f"{_code(gated.name)}: {shown}{more}", "", "</details>"]


def _code(text: str) -> str:
    """Text as code, whatever is in it."""
    shown = " ".join(text.split()) or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if len(fence) > 1 else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _plain(text: str) -> str:
    """Text as text, whatever is in it."""
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", html.escape(" ".join(text.split()))).replace("@", "&#64;")


def _cell(text: str) -> str:
    return _code(text.replace("|", "\\|"))


def _xml(text: str) -> str:
    """Without the characters that XML cannot have."""
    return _NOT_XML.sub("\ufffd", text)
