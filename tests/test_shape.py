"""The house numbers: the code stays readable because these tests say when it does not."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
MODULES = sorted((REPOSITORY / "chatbot").rglob("*.py"))
TESTS = sorted((REPOSITORY / "tests").rglob("*.py"))
PROGRAMS = sorted(chain.from_iterable((REPOSITORY / name).rglob("*.py") for name in ("eval", "examples", "scripts")))

LONGEST_FILE = 450
LONGEST_FUNCTION = 60
"""Lines without the docstring, which is as long as it has to be."""
LONGEST_TEST = 60
MOST_PARAMETERS = 8
MOST_POSITIONAL = 5
BROAD_EXCEPTS = 16
"""`except Exception` and wider, in all of the program; ruff (BLE) demands a reason for each."""

NO_NAMES = {"base", "common", "handler", "handlers", "helper", "helpers", "manager", "misc", "util", "utils"}
"""Names that say nothing about what is in a module."""

NOT_MODULES = {
    "test_bounds": "judges under the caps of a run, and under kill -9",
    "test_cited_places": "citations of every format, from the file to the answer",
    "test_consistency": "an index that several programs change and search",
    "test_crashes": "the index and the journal, when a program dies, the power fails or a disk does",
    "test_dangerous_calls": "all modules",
    "test_datasets": "eval/datasets/",
    "test_dispatcher": "the dispatcher, whatever is called, answered and changed in whichever order",
    "test_decoding_by_name": "every strategy of decoding, from each way in to a local model",
    "test_examples": "examples/",
    "test_exfiltration": "what leaves in arguments and answers",
    "test_fault_fuzz": "a model of an endpoint, on bodies that nobody thought of",
    "test_fault_matrix": "a model of an endpoint, and a chatbot with it, at servers that do everything wrong",
    "test_faults": "runs of evals at an endpoint that throttles, fails, stalls and lies",
    "test_foreign_server": "chatbot/models/openai_api.py and chatbot/models/local/, at a server of someone else's",
    "test_handbook": "knowledge/",
    "test_hostile_text": "the terminal, whatever a text from anywhere holds",
    "test_hostile_files": "the converters that run apart, on files that are made to break them",
    "test_injection": "what documents and tools may make the chatbot do: nothing",
    "test_kill": "the program under kill -9",
    "test_killed_runs": "runs of evals under kill -9",
    "test_local_bad_input": "local models that cannot be had, through the program",
    "test_local_cells": "runs of evals on a model in this process",
    "test_local_model_in_terminal": "what a local model shows while it reads",
    "test_pins": "requirements.txt, constraints.txt and scripts/pin_hashes.py, which writes one from the other",
    "test_offline": "the program, as the kernel sees it use the network",
    "test_canaries": "secrets of the environment, in all that is written",
    "test_old_schemas": "databases of every released schema",
    "test_pictures_in_chat": "pictures, from the question to what an endpoint is sent",
    "test_pocket": "examples/pocket/",
    "test_poison": "search among documents that were written to be found",
    "test_prepare": "eval/suites/prepare.py",
    "test_prompty_conformance": "the conformance vectors of the prompt file format",
    "test_public_api": "chatbot/__init__.py",
    "test_published_tables": "eval/published.yaml and eval/benchmarks/published_tables.py",
    "test_readme": "README.md",
    "test_ready_suites": "eval/suites/",
    "test_reliability": "docs/reliability.md",
    "test_shape": "all modules",
    "test_simulated_world": "verdicts of evals, where the truth is known",
    "test_sudden_ends": "the journal under kill -9 and many writers",
    "test_template_injection": "every place for templates",
    "test_terminal": "the terminal chat as a whole",
    "test_tool_loop": "calls of tools from the endpoint to the answer",
    "test_tool_streams": "calls of tools, however an endpoint streams them",
    "test_train_pocket": "scripts/train_pocket.py and scripts/pocket/",
}
"""Tests of something other than one module, and what."""

BINARY = (".onnx", ".safetensors", ".svg", ".png", ".pdf", ".docx", ".pptx", ".xlsx", ".epub")
"""Files that are no texts to be read, or drawings."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def length(function: Function) -> int:
    """Lines of a function without its docstring."""
    whole = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return whole
    return whole - ((first.end_lineno or 0) - first.lineno + 1)


def tracked() -> list[Path]:
    """The project's text files, as git knows them, new ones included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is not a clone")
    return [path for line in done.stdout.splitlines() if (path := REPOSITORY / line).is_file()]


@dataclass(frozen=True)
class Shape:
    """What these tests ask of a file: it is parsed once, and its tree is not kept."""

    lines: int
    opens: bool
    """With what it is for."""
    functions: Mapping[str, int]
    """How long they are, by name and line."""
    greedy: Sequence[str]
    """Public functions that take many things."""
    bare: Sequence[str]
    """What is public and not documented."""
    broad_excepts: Sequence[int]
    """Their lines."""


@cache
def shape_of(path: Path) -> Shape:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    return Shape(
        len(text.splitlines()),
        bool(ast.get_docstring(tree)),
        {f"{node.name}, line {node.lineno}": length(node) for node in nodes if isinstance(node, Function)},
        [each for function in public(tree) for each in greed(function)],
        [node.name for node in public(tree) if not ast.get_docstring(node) and not documented_elsewhere(node)],
        [node.lineno for node in nodes if isinstance(node, ast.ExceptHandler) and is_broad(node)],
    )


def greed(function: Function | ast.ClassDef) -> list[str]:
    """How many things it takes, where that is too many."""
    if isinstance(function, ast.ClassDef) or "click" in words(function.decorator_list):
        return []  # a command has a parameter for each option, given by name
    given = function.args
    positional = [each for each in (*given.posonlyargs, *given.args) if each.arg not in ("self", "cls")]
    if len(positional) <= MOST_POSITIONAL and len(positional) + len(given.kwonlyargs) <= MOST_PARAMETERS:
        return []
    return [f"{function.name}: {len(positional)} by position, {len(given.kwonlyargs)} by name"]


def documented_elsewhere(node: Function | ast.ClassDef) -> bool:
    return bool({"overload", "setter"} & words(node.decorator_list))


def is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool(re.search(r"\b(Base)?Exception\b", ast.unparse(handler.type)))


def test_files_are_short_enough_to_be_read() -> None:
    def limit(path: Path) -> int:
        return 2 * LONGEST_FILE if path in TESTS else LONGEST_FILE

    lines = {path: shape_of(path).lines for path in (*MODULES, *PROGRAMS, *TESTS)}
    assert [f"{name_of(path)}: {count} lines" for path, count in lines.items() if count > limit(path)] == []


def test_functions_fit_a_screen() -> None:
    long = [
        f"{name_of(path)}: {name}: {lines} lines"
        for path in (*MODULES, *PROGRAMS, *TESTS)
        for name, lines in shape_of(path).functions.items()
        if lines > (LONGEST_TEST if path in TESTS else LONGEST_FUNCTION)
    ]
    assert long == []


def test_functions_take_few_things_and_few_of_them_by_position() -> None:
    assert [f"{name_of(path)}: {each}" for path in MODULES for each in shape_of(path).greedy] == []


def test_modules_open_with_what_they_are_for() -> None:
    assert [name_of(path) for path in (*MODULES, *PROGRAMS) if not shape_of(path).opens] == []


def test_what_is_public_is_documented() -> None:
    assert [f"{name_of(path)}: {name}" for path in MODULES for name in shape_of(path).bare] == []


def words(nodes: Sequence[ast.AST]) -> set[str]:
    return set(re.findall(r"\w+", " ".join(map(ast.unparse, nodes))))


def public(tree: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    """Public functions and classes of a module, and the methods of those classes."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef) and not node.bases:
                yield from public(node)


def test_a_modules_name_says_what_is_in_it() -> None:
    names = {part for path in (*MODULES, *TESTS) for part in path.relative_to(REPOSITORY).with_suffix("").parts}

    assert names & NO_NAMES == set()


def test_a_module_is_not_taken_for_one_of_the_standard_library() -> None:
    top = {path.stem for path in (REPOSITORY / "chatbot").iterdir() if path.suffix == ".py"}
    assert top & set(sys.stdlib_module_names) <= {"__init__"}


def test_broad_excepts_are_counted() -> None:
    broad = [f"{name_of(path)}:{line}" for path in MODULES for line in shape_of(path).broad_excepts]
    assert len(broad) <= BROAD_EXCEPTS, broad


def test_nothing_names_the_machine_it_was_written_on_or_where_packages_come_from() -> None:
    machine = re.compile(r"/(root|home/\w+|Users/\w+|work)/\w|[a-z]:\\\\users|pypi\.org|pythonhosted|index-url", re.I)
    for path in tracked():
        if path.suffix in BINARY or path.name == "tokenizer.json" or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            assert not machine.search(line), f"{name_of(path)}:{number}: {line.strip()[:100]}"


def test_every_test_file_mirrors_a_module() -> None:
    """`tests/retrieval/test_split.py` tests `chatbot/retrieval/split.py`."""
    assert NOT_MODULES.keys() <= {path.stem for path in TESTS}
    for path in TESTS:
        if not path.stem.startswith("test_") or path.stem in NOT_MODULES:
            continue
        module = path.relative_to(REPOSITORY / "tests").with_stem(path.stem.removeprefix("test_"))
        target = REPOSITORY / "chatbot" / module
        assert target.is_file() or target.with_suffix("").is_dir(), f"{name_of(path)} mirrors nothing"
