"""What the README says is true: its commands run as written, its Python too, and what it names exists."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from starter import copy_index

from chatbot.cli.commands import COMMANDS as SLASH_COMMANDS
from chatbot.cli.program import COMMANDS, program
from chatbot.workspace import Settings, find_workspace

REPOSITORY = Path(__file__).parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")

NOT_RUN = {
    "make": "sets an environment up from the package index, which `.ci/run` proves; here only the target is looked up",
    "git": "clones over the network",
}
"""Programs whose commands are not run, and why."""

QUESTION = "What is nucleus sampling?\n"
"""Piped into a command that would open the chat."""


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [block for name, block in found if name == language]


def commands() -> list[str]:
    """The lines of all shell blocks, without their comments; a line that ends in a backslash goes on."""
    lines = "".join(blocks("sh")).replace("\\\n", " ").splitlines()
    return [line for line in (re.sub(r"(^|\s)# .*", "", line).strip() for line in lines) if line]


def programs(command: str) -> list[str]:
    """The programs a line starts: the first word of each part of a pipe."""
    return [part.split()[0] for part in re.split(r"\|(?=(?:[^'\"]|'[^']*'|\"[^\"]*\")*$)", command)]


RUN = [command for command in commands() if not NOT_RUN.keys() & set(programs(command))]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, starter: Path) -> Path:
    """The starter, indexed, with `.venv/bin/chatbot` where `make` would put it."""
    root = tmp_path_factory.mktemp("clone")
    for name in ("prompts", "knowledge"):
        shutil.copytree(REPOSITORY / name, root / name)
    for name in ("suites", "datasets"):
        shutil.copytree(REPOSITORY / "eval" / name, root / "eval" / name)
    shutil.copytree(REPOSITORY / "examples" / "pocket", root / "examples" / "pocket")
    for name in ("chatbot.toml", "CHANGELOG.md"):
        shutil.copy(REPOSITORY / name, root)
    copy_index(starter, root)
    grounded = root / "eval" / "datasets" / "grounded.jsonl"  # all of it takes minutes, and proves the same here
    grounded.write_text("".join(grounded.read_text(encoding="utf-8").splitlines(keepends=True)[:20]), encoding="utf-8")
    (root / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return root


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with the documents that the README takes for the reader's, and no model but the one that is shipped."""
    manuals = Path(os.environ["HOME"]) / "Documents" / "manuals"
    manuals.mkdir(parents=True)
    (manuals / "kettle.md").write_text("# Kettle\n\nNucleus sampling is not what a kettle does. It boils water.\n")
    monkeypatch.setenv("CHATBOT_MODEL", "extractive")
    monkeypatch.setenv("PATH", f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ['PATH']}")


def test_the_readme_shows_how_to_start() -> None:
    assert "make chat" in commands()
    assert len(RUN) > 5 and blocks("python")


@pytest.mark.parametrize("command", [command for command in commands() if command not in RUN])
def test_a_command_that_is_not_run_here_exists(command: str) -> None:
    for target in re.findall(r"\bmake\s+([\w-]+)", command):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def run(command: str, workspace: Path, said: str = "") -> subprocess.CompletedProcess[str]:
    words = ["bash", "-c", command]
    return subprocess.run(words, cwd=workspace, input=said, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("command", RUN)
def test_a_command_runs_as_written(command: str, workspace: Path) -> None:
    if " latest" in command and "no runs" in run("chatbot eval list", workspace).stdout:
        run(next(each for each in RUN if "eval run" in each), workspace)  # another worker of the tests has run it
    chats = not set(command.split()) & COMMANDS.keys()
    done = run(command, workspace, said=QUESTION if chats else "")

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    if chats:
        assert "ucleus" in done.stdout.removeprefix(f"> {QUESTION}")


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.strip().splitlines()[0])
def test_python_runs_as_written(block: str, workspace: Path) -> None:
    done = subprocess.run([sys.executable, "-c", block], cwd=workspace, capture_output=True, text=True, timeout=300)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("block", blocks("toml"))
def test_settings_are_read_as_written(block: str, tmp_path: Path) -> None:
    (tmp_path / "chatbot.toml").write_text(block)

    settings = find_workspace(tmp_path, {}).settings

    for key, value in re.findall(r'^(\w+) = "(.*)"', block, re.MULTILINE):
        assert getattr(settings, key) == value


def command_tree() -> Iterator[click.Command]:
    """The program and all its commands."""
    waiting: list[click.Command] = [program]
    for command in waiting:
        yield command
        if isinstance(command, click.Group):
            context = click.Context(command)
            waiting += [
                found for name in command.list_commands(context) if (found := command.get_command(context, name))
            ]


def test_every_option_that_is_named_exists() -> None:
    known = {option for command in command_tree() for parameter in command.params for option in parameter.opts}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))

    assert named and named <= known | {"--help"}


def test_every_slash_command_that_is_named_exists() -> None:
    named = set(re.findall(r"`/([a-z]+)", README))

    assert named and named <= SLASH_COMMANDS.keys()


def test_every_setting_that_is_named_as_a_variable_exists() -> None:
    known = {f"CHATBOT_{field.name.upper()}" for field in fields(Settings)} | {"CHATBOT_DEBUG"}

    assert set(re.findall(r"(?<!_)\bCHATBOT_[A-Z]+\b", README)) <= known


def test_every_link_leads_to_a_file() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]

    assert links
    for link in links:
        assert (REPOSITORY / link).exists(), link


def test_every_path_of_the_tree_exists() -> None:
    [tree] = [block for block in blocks("") if "chatbot/" in block]
    for line in tree.splitlines():
        folder = REPOSITORY / "chatbot" if line.startswith("  ") else REPOSITORY
        for path in re.findall(r"[\w.]+(?:/|\.py)(?=\s|$)", line):
            assert any((root / path).exists() for root in (folder, REPOSITORY)), path
