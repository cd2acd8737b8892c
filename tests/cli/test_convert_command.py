"""`chatbot prompts convert` as it is run: the prompt on one stream, what is lost on the other."""

from __future__ import annotations

from pathlib import Path

from in_process import Run

PROMPT = "---\nname: ask\ndescription: Asks\n---\nuser:\nWhy?\n"


def test_the_prompt_goes_to_one_stream_and_the_losses_to_the_other(here: Run, tmp_path: Path) -> None:
    (tmp_path / "ask.prompty").write_text(PROMPT, encoding="utf-8")
    done = here("prompts", "convert", str(tmp_path / "ask.prompty"), "--to", "openai")

    assert done.returncode == 0
    assert done.stdout == '[\n  {\n    "role": "user",\n    "content": "Why?"\n  }\n]\n'
    assert done.stderr.splitlines() == ["lost: the name 'ask'", "lost: the description"]


def test_a_file_is_written_once_and_never_over_another(here: Run, tmp_path: Path) -> None:
    (tmp_path / "ask.prompty").write_text(PROMPT, encoding="utf-8")
    command = (
        "prompts",
        "convert",
        str(tmp_path / "ask.prompty"),
        "--to",
        "dotprompt",
        "-o",
        str(tmp_path / "a.prompt"),
    )
    first, second = here(*command), here(*command)

    assert (first.returncode, first.stdout) == (0, "")
    assert (tmp_path / "a.prompt").read_text(encoding="utf-8").endswith('{{role "user"}}\nWhy?\n')
    assert second.returncode == 2 and "exists already" in second.stderr


def test_a_format_that_does_not_exist_is_told_with_the_nearest(here: Run, tmp_path: Path) -> None:
    (tmp_path / "ask.prompty").write_text(PROMPT, encoding="utf-8")
    done = here("prompts", "convert", str(tmp_path / "ask.prompty"), "--to", "dotpromt")

    assert done.returncode == 2 and "did you mean 'dotprompt'?" in done.stderr
