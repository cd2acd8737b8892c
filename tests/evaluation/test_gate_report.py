"""What a pull request and a build server read of a gate: valid, and harmless whatever stands in suites and datasets."""

from __future__ import annotations

from xml.etree import ElementTree

from chatbot.evaluation.gate import Gate, Gated
from chatbot.evaluation.gate_report import as_junit, as_markdown
from chatbot.evaluation.statistics.verdict import compare

EVIL = "a|b`c`` @everyone <script>\n# head [x](http://127.0.0.1) --> \x00\ud800"


def gate_of(*gated: Gated, suite: str = "sums") -> Gate:
    return Gate(suite, "261121-093000-x7q2", 0.05, "variant direct", gated)


LOST = Gated("steps", "fail", "more than 0.05 worse", compare([0.0] * 9 + [1.0], [1.0] * 10), None, 2, ("i1", "i2"))
UNDECIDED = Gated("quick", "undecided", "it may be 0.05 worse or not", None)
PASSED = Gated("slow", "pass", "at most 0.05 worse", compare([1.0] * 10, [1.0] * 10))


def test_a_comment_says_the_outcome_first_and_a_line_a_variant() -> None:
    lines = as_markdown(gate_of(LOST, UNDECIDED, PASSED)).splitlines()
    assert lines[0] == "<!-- chatbot eval gate: sums -->"
    assert lines[1] == "### ❌ fail: `sums`"
    assert lines[3] == "It must be at most 0.05 worse than variant direct; this is run 261121-093000-x7q2."
    assert lines[7] == "| `steps` | ❌ fail | -0.900 | -1.000 to -0.413 | 10 | 0.00195 |"
    assert lines[8] == "| `quick` | ❔ undecided | – | – | 0 | – |"
    assert "- `steps`: more than 0.05 worse; 2 items are left out: only one side has them, or they changed" in lines
    assert "`steps`: `i1`, `i2`" in lines


def test_long_lists_of_items_are_cut() -> None:
    many = Gated("a", "fail", "worse", PASSED.comparison, newly_wrong=tuple(f"i{n}" for n in range(50)))
    told = as_markdown(gate_of(many))
    assert "`i19` and 30 more" in told and "`i20`" not in told


def test_nothing_in_a_comment_is_markup_that_a_name_brought() -> None:
    evil = Gated(EVIL, "fail", "worse", PASSED.comparison, newly_wrong=(EVIL,))
    told = as_markdown(Gate(EVIL, "r", 0.05, EVIL, (evil,), (EVIL,)))
    assert told.splitlines()[0].count("-->") == 1
    rows = [line for line in told.splitlines() if line.startswith("| ")]
    assert all(line.replace("\\|", "").count("|") == 7 for line in rows)
    for line in told.splitlines():
        outside = "".join(line.split("```")[::2])
        assert (
            "@everyone" not in outside and "<script>" not in outside and "[x](" not in outside.replace("\\", "\\\\")
        ), line


def test_junit_has_a_case_a_variant() -> None:
    suite = ElementTree.fromstring(as_junit(gate_of(LOST, UNDECIDED, PASSED)))[0]
    assert suite.attrib == {"name": "sums", "tests": "3", "failures": "1", "errors": "0", "skipped": "1"}
    assert [(case.get("name"), case[0].tag) for case in suite] == [
        ("steps", "failure"),
        ("quick", "skipped"),
        ("slow", "system-out"),
    ]
    assert suite[0][0].get("message", "").startswith("-0.900 [-1.000, -0.413] on 10 items; more than 0.05 worse")


def test_junit_is_xml_whatever_the_names() -> None:
    evil = Gated(EVIL, "undecided", EVIL, PASSED.comparison, newly_wrong=(EVIL,))
    case = ElementTree.fromstring(as_junit(gate_of(evil, suite=EVIL)))[0][0]
    assert case.get("name", "").startswith("a|b`c`` @everyone <script>")
