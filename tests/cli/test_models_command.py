"""`chatbot models` alone lists what can be used; its commands are about local models."""

from __future__ import annotations

import json

from in_process import Run


def test_alone_it_lists_what_can_be_used(here: Run) -> None:
    done = here("models")
    assert done.returncode == 0 and "without --model: extractive" in done.stdout
    assert {"spec": "extractive", "chosen": True}.items() <= json.loads(here("models", "--json").stdout)[0].items()


def test_a_command_that_it_does_not_have_is_one_line(here: Run) -> None:
    done = here("models", "memry")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "memry" in done.stderr
