"""`chatbot prompts lint` tells place, reason and change, and its exit code says whether there are errors."""

from __future__ import annotations

import json
from pathlib import Path

from in_process import Run

WARNED = (
    "---\ninputs: {text: {kind: string, required: true}}\n---\nuser:\nTranslate {{ text }} into German, in one line.\n"
)
WRONG = "---\ninputs: {text: {kind: string, required: true}}\n---\nSum up {{ txet }} in one line.\n"


def written(folder: Path, name: str, text: str) -> str:
    (folder / "prompts" / f"{name}.prompty").write_text(text, encoding="utf-8")
    return name


def test_the_prompts_of_a_new_workspace_are_clean(here: Run) -> None:
    done = here("prompts", "lint")
    assert done.returncode == 0
    assert done.stdout.startswith("nothing to mend in ")


def test_a_finding_is_a_place_a_reason_and_a_change(here: Run, folder: Path) -> None:
    done = here("prompts", "lint", written(folder, "warned", WARNED))
    assert done.returncode == 0
    assert done.stdout.splitlines()[:6] == [
        "prompts/warned.prompty:5: P202 nothing marks where {{ text }} begins and ends",
        "    why:    Without marks, a sentence of the data reads like one of yours.",
        "    change: put it between tags, on lines of their own:",
        "            <text>",
        "            {{ text }}",
        "            </text>",
    ]
    assert done.stdout.splitlines()[-1] == "2 warnings in 1 file"


def test_an_error_makes_the_exit_code_one_and_the_other_files_are_read_all_the_same(here: Run, folder: Path) -> None:
    names = written(folder, "warned", WARNED), written(folder, "wrong", WRONG)
    done = here("prompts", "lint", *names)
    assert done.returncode == 1
    assert "prompts/wrong.prompty:4: P301 'txet' is used" in done.stdout
    assert "write {{ text }}, or declare it:" in done.stdout
    assert done.stdout.splitlines()[-1] == "1 error, 2 warnings in 2 files"


def test_a_file_anywhere_can_be_named_by_its_path(here: Run, folder: Path) -> None:
    (folder / "else.prompty").write_text(WARNED, encoding="utf-8")
    assert "else.prompty:5: P202" in here("prompts", "lint", "else.prompty").stdout
    assert here("prompts", "lint", "nothing.prompty").returncode == 2


def test_findings_are_printed_as_json(here: Run, folder: Path) -> None:
    done = here("prompts", "lint", written(folder, "wrong", WRONG), "--json")
    [finding] = json.loads(done.stdout)
    assert (finding["rule"], finding["severity"], finding["line"]) == ("P301", "error", 4)
    assert (finding["path"], done.returncode) == ("prompts/wrong.prompty", 1)


def test_a_model_counts_the_tokens(here: Run) -> None:
    done = here("prompts", "lint", "question", "--model", "extractive")
    assert done.stdout.startswith("prompts/question.prompty: ")
    assert "tokens before any input" in done.stdout
    assert "extractive reads " in done.stdout


def test_a_name_that_does_not_exist_is_told_with_the_nearest(here: Run) -> None:
    done = here("prompts", "lint", "qestion")
    assert (done.returncode, "did you mean 'question'" in done.stderr) == (2, True)
