"""P3: each rule finds what it is for, and is silent where the prompt is right."""

from __future__ import annotations

import pytest

from .made import File, Lint

FOUND = {
    "P301": [
        File("{{ qestion }}", ["question"]),
        File("{% if deep %}Go deep.{% endif %} {{ question }}", ["question"]),
        File("{% for p in pasages %}{{ p }}{% endfor %}", ["{name: passages, kind: array, default: []}"]),
        File("{{ question }}"),
    ],
    "P302": [
        File("{{ q }}", head="inputs: {q: hello}"),
        File("{{ q }}", head="inputs: {q: string}"),
        File("{{ q }}", head="inputs: [q]"),
    ],
    "P303": [
        File("Hello.", head="template: jinja2"),
        File("Hello.", head="template: {format: jinja2}"),
        File("Hello.", head="template: {format: {kind: jinja2}, parser: prompty}"),
    ],
    "P304": [
        File("{{ question }}", ["question", "tone"]),
        File("Hello.", ["question"]),
        File("{% for x in items %}{{ x }}{% endfor %}", ["{name: items, kind: array, default: []}", "x"]),
    ],
    "P305": [
        File("{{ question }}", ["{name: question, kind: string}"]),
        File("{{ question | upper }}", ["{name: question}"]),
        File("{% for p in items %}{{ p }}{% endfor %}", ["{name: items, kind: array}"]),
    ],
}

SILENT = {
    "P301": [
        File("{{ question }}", ["question"]),
        File("{% for p in items %}{{ p }}{{ loop.index }}{% endfor %}", ["{name: items, kind: array, default: []}"]),
        File("{# {{ old }} #}{{ question }}", ["question"]),
    ],
    "P302": [
        File("{{ q }}", head="inputs: {q: {kind: string, required: true}}"),
        File("{{ q }}", ["q"]),
        File("Hello.", head="inputs: {}"),
    ],
    "P303": [
        File("Hello.", head="template: {format: {kind: jinja2}, parser: {kind: prompty}}"),
        File("Hello.", head="template: {}"),
        File("Hello."),
    ],
    "P304": [
        File("{{ question }}", ["question"]),
        File("{% if deep %}Go deep.{% endif %}", ["{name: deep, kind: boolean, default: false}"]),
        File("{% for p in items %}{{ p }}{% endfor %}", ["{name: items, kind: array, default: []}"]),
    ],
    "P305": [
        File("{{ question }}", ["question"]),
        File("{{ question | default('none') }}", ["{name: question}"]),
        File("{% if question %}{{ question }}{% endif %}", ["{name: question}"]),
        File("{{ tone }}", ["{name: tone, default: kind}"]),
    ],
}


@pytest.mark.parametrize(("rule", "file"), [(rule, file) for rule, files in FOUND.items() for file in files])
def test_a_wrong_declaration_is_found(rule: str, file: File, lint: Lint) -> None:
    assert rule in [finding.rule for finding in lint(file)]


@pytest.mark.parametrize(("rule", "file"), [(rule, file) for rule, files in SILENT.items() for file in files])
def test_a_right_declaration_is_left_alone(rule: str, file: File, lint: Lint) -> None:
    assert rule not in [finding.rule for finding in lint(file)]


def test_a_name_is_told_with_its_line_and_the_nearest_one(lint: Lint) -> None:
    [finding] = lint(FOUND["P301"][0])
    assert (finding.line, finding.severity) == (5, "error")
    assert finding.change.startswith("write {{ question }}, or declare it:")


def test_the_short_form_of_an_input_is_written_out_in_the_change(lint: Lint) -> None:
    changes = [lint(file)[0].change.splitlines()[-1] for file in FOUND["P302"]]
    assert changes == ["q: {kind: string, default: 'hello'}", "q: {kind: string, required: true}",
                       "- {name: q, kind: string}"]  # fmt: skip


def test_all_undeclared_names_are_told_at_once(lint: Lint) -> None:
    assert [finding.line for finding in lint(File("{{ a }}\n{{ b }}\n{{ a }}"))] == [3, 4]
