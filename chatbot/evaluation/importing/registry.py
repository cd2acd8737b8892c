"""Evals of the openai/evals repository: an entry of its registry, `NAME: {class: …, args: {samples_jsonl: …}}`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chatbot.errors import ProjectError, UsageError, nearest
from chatbot.evaluation.importing.imported import Imported, Row
from chatbot.evaluation.importing.samples import samples
from chatbot.prompting.strict_yaml import read_yaml

GRADERS = "chatbot.evaluation.importing.graders"

_SCORERS: Mapping[str, Row] = {
    "Match": {"kind": "python", "name": "match", "function": f"{GRADERS}:starts_with"},
    "Includes": {"kind": "contains", "name": "includes", "expect": "{{ ideal }}"},
    "FuzzyMatch": {"kind": "python", "name": "fuzzy_match", "function": f"{GRADERS}:fuzzy_match"},
    "JsonMatch": {"kind": "python", "name": "json_match", "function": f"{GRADERS}:same_json"},
    "JsonValidator": {"kind": "json_schema", "name": "json_validator", "schema": {}},
}
"""Classes of openai/evals, by what stands behind the colon, and the scorers that judge as they do."""

LFS_POINTER = "version https://git-lfs"
"""What a file begins with in a clone whose data were not fetched."""

_KNOWN_ARGUMENTS = {"samples_jsonl", "eval_type", "modelgraded_spec", "modelgraded_spec_args", "ignore_case"}


def of_registry(path: Path, text: str, wanted: str | None) -> Imported:
    """The eval of a registry's file; `wanted` names one of several.

    Raises UsageError for a name that is not there, ProjectError for a class, or a file, that there is nothing for.
    """
    data, _ = read_yaml(path, text)
    entries = {key: each for key, each in data.items() if isinstance(each, dict)} if isinstance(data, dict) else {}
    evals = {name: entry for name, entry in entries.items() if "class" in entry}
    if wanted in entries and wanted not in evals:
        wanted = str(entries[wanted].get("id"))
    if wanted is None and len(evals) != 1:
        raise UsageError(f"{path} has {len(evals)} evals", hint=f"name one with --eval; {nearest('', evals)}")
    name = wanted or next(iter(evals))
    if name not in evals:
        raise UsageError(f"{path} has no eval {name!r}", hint=nearest(name, evals))
    return _imported(path, name, evals[name])


def of_samples(path: Path, rows: list[dict[str, Any]]) -> Imported:
    """Samples without an entry that says how they are judged."""
    draft, items = samples(rows, path.stem)
    losses = ["which class judges the replies stands in the registry: here they are to contain the ideal"]
    return Imported(path.stem, draft, items, [_SCORERS["Includes"]], losses=losses)


def _imported(path: Path, name: str, entry: Mapping[str, Any]) -> Imported:
    kind, arguments = str(entry["class"]).rpartition(":")[2], entry.get("args") or {}
    place = _beside(path, "data", str(arguments.get("samples_jsonl", "")))
    draft, items = samples(json_lines(place), name.partition(".")[0])
    losses = [f"the argument {each!r} of {kind}" for each in arguments if each not in _KNOWN_ARGUMENTS]
    if kind == "ModelBasedClassify":
        scorer = _judge(path, arguments)
    elif kind in _SCORERS:
        scorer = {**_SCORERS[kind], **({"ignore_case": True} if arguments.get("ignore_case") else {})}
    else:
        raise ProjectError(f"{path}: there is no scorer for {entry['class']}", hint=nearest(kind, _SCORERS))
    return Imported(draft.name, draft, items, [scorer], str(entry.get("description") or ""), losses=losses)


def json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file. Raises ProjectError with the line of anything else."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path} cannot be read: {error}") from error
    if text.startswith(LFS_POINTER):
        raise ProjectError(
            f"{path} only points to its data", hint=f"fetch it with git lfs pull --include '*{path.name}'"
        )
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ProjectError(f"{path}:{number}: this is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise ProjectError(f"{path}:{number}: a row is an object")
        found.append(row)
    if not found:
        raise ProjectError(f"{path} has no rows")
    return found


def _beside(path: Path, folder: str, name: str) -> Path:
    """A file that the registry names: as it stands, beside the file, or in the registry's own folder for such."""
    places = [path.parent / name, path.parent.parent / folder / name]
    found = next((each for each in places if name and each.is_file()), None)
    if found is None:
        looked = " and ".join(map(str, places))
        raise ProjectError(
            f"{path}: there is no file {name!r}", hint=f"looked for {looked}; some are stored by Git LFS"
        )
    return found


# --- model-graded evals -----------------------------------------------------------------------------------------------


def _judge(path: Path, arguments: Mapping[str, Any]) -> Row:
    """A judge that is asked by the rubric that the spec's prompt is, with a grade for each of its choices."""
    name = str(arguments.get("modelgraded_spec", ""))
    place = _beside(path, "modelgraded", f"{name}.yaml")
    data, _ = read_yaml(place, place.read_text(encoding="utf-8"))
    spec = next((each for each in data.values() if isinstance(each, dict)), {}) if isinstance(data, dict) else {}
    spec = data if isinstance(data, dict) and "prompt" in data else spec
    prompt, scores = spec.get("prompt"), spec.get("choice_scores")
    if scores == "from_strings":
        strings = [str(each) for each in spec.get("choice_strings") or ()]
        scores = {each: float(each) for each in strings} if all(map(str.isdigit, strings)) else None
    if not isinstance(prompt, str) or not isinstance(scores, dict) or len(set(scores.values())) < 2:
        raise ProjectError(
            f"{place}: the spec gives its choices no scores, so there is nothing to compare by",
            hint="write a rubric for {kind: rubric} from its prompt",
        )
    lowest, highest = min(scores.values()), max(scores.values())
    grades = {choice: 1 + 4 * (score - lowest) / (highest - lowest) for choice, score in scores.items()}
    told = "; ".join(f"{grade:g} for {choice!r}" for choice, grade in grades.items())
    binary = set(grades.values()) == {1.0, 5.0}
    constants = {key: str(value) for key, value in (arguments.get("modelgraded_spec_args") or {}).items()}
    rubric = f"{_filled(prompt, constants)}\n\nGive as grade, for the choice that you make: {told}."
    return {"kind": "rubric", "name": name, "rubric": rubric, **({} if binary else {"measure": "grade"})}


def _filled(prompt: str, constants: Mapping[str, str]) -> str:
    """The prompt over an item's fields; conversation and completion stand before the judge anyway."""
    known = {"completion": "(the answer)", "input": "(the question)", **constants}
    marks = re.sub(r"\{(\w+)\}", lambda mark: known.get(mark[1], f"{{{{ {mark[1]} }}}}"), prompt)
    return marks.strip()
