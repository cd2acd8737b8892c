"""`chatbot prompts new` writes a prompt that is clean and passes its test, and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import Run, run_in


@pytest.mark.parametrize("name", ["mine", "my-prompt_2", "2024", "true"])
def test_the_prompt_is_clean_and_passes_its_test(name: str, here: Run, folder: Path) -> None:
    done = here("prompts", "new", name)
    assert done.stdout.startswith(f"written: {folder.resolve() / 'prompts' / name}.prompty\n")
    assert f"chatbot prompts test {name}" in done.stdout
    assert here("prompts", "lint", name).stdout == "nothing to mend in 1 file\n"
    assert "1 passed" in here("prompts", "test", name).stdout


def test_nothing_is_overwritten(here: Run, folder: Path) -> None:
    before = (folder / "prompts" / "chat.prompty").read_bytes()
    done = here("prompts", "new", "chat")
    assert (done.returncode, "exists already" in done.stderr) == (2, True)
    assert (folder / "prompts" / "chat.prompty").read_bytes() == before


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden", "x" * 65, "a b"])
def test_a_name_that_is_no_name_is_refused(name: str, here: Run, folder: Path) -> None:
    done = here("prompts", "new", name)
    assert (done.returncode, "is no name for a prompt" in done.stderr) == (2, True)
    assert not list(folder.parent.glob("*.prompty"))


def test_outside_of_a_workspace_it_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_in(tmp_path, capsys, "prompts", "new", "mine")
    assert (done.returncode, "chatbot init" in done.stderr) == (2, True)
