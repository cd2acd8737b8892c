"""What was measured of a prompt, in a small text file beside it: `steps.prompty` has `steps.evidence.yaml`.

It says in which run, against what, and by how much the prompt was better, and how sure that is; and the hash of the
prompt that was measured. A prompt with another hash has not been measured: `prompts lint` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from chatbot.errors import NotFoundError, ProjectError, PromptError
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.section import Section
from chatbot.prompting.strict_yaml import read_yaml

SUFFIX = ".evidence.yaml"

TEXTS = ("prompt", "run", "suite", "day", "model", "against", "test", "scorer", "dataset")
"""Keys that every such file has, each with a text."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A measurement that a prompt was better."""

    prompt: str
    """Hash of the prompt that was measured."""
    run: str
    suite: str
    day: str
    """Of the run, as 2026-11-21."""
    model: str
    asked_with: str
    """Strategy and parameters that the suite gave, where the prompt file does not say them itself; else empty."""
    against: str
    """The variant that it was better than."""
    difference: float
    interval: tuple[float, float]
    level: float
    """Confidence of the interval."""
    p: float
    """Corrected for all variants of the run."""
    test: str
    items: int
    scorer: str
    """What was measured."""
    dataset: str
    """Hash of the items' file."""
    variants: int
    """How many were tried."""

    @property
    def claim(self) -> str:
        """The measurement in a phrase."""
        low, high = self.interval
        return f"{self.difference:+.3f} [{low:+.3f}, {high:+.3f}] against {self.against} on {self.items:,} items"


def evidence_path(prompt: Path) -> Path:
    """Where the evidence of a prompt file is kept."""
    return prompt.with_name(prompt.stem + SUFFIX)


def write_evidence(evidence: Evidence, path: Path) -> None:
    """Writes the file. Raises ProjectError where it cannot be written."""
    import yaml

    data = {each.name: getattr(evidence, each.name) for each in fields(evidence)}
    data["interval"] = list(evidence.interval)
    readable = all(str(value).isprintable() for value in data.values())  # YAML takes some characters only as escapes
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=readable, width=120)
    claim = "".join(letter if letter.isprintable() else " " for letter in evidence.claim)
    try:
        path.write_text(f"# Written by `chatbot eval promote`. {claim}\n{text}", encoding="utf-8")
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror or error}") from error


def read_evidence(path: Path) -> Evidence:
    """The evidence in a file. Raises NotFoundError, and PromptError with file and line for what is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFoundError(f"there is no evidence {path}", hint="`chatbot eval promote` writes it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"{path} cannot be read: {error}") from error
    data, lines = read_yaml(path, text)
    table: Mapping[str, object] = data if isinstance(data, dict) else {}
    section = Section(PromptFile(path, table, "", lines=lines), table)
    section.only([each.name for each in fields(Evidence)])
    interval = section.items("interval")
    if len(interval) != 2 or not all(isinstance(each, int | float) for each in interval):
        raise section.error("interval must be two numbers, such as [0.01, 0.08]", "interval")
    low, high = (float(str(each)) for each in interval)
    return Evidence(
        **{key: _text(section, key) for key in TEXTS},
        asked_with=section.text("asked_with") or "",
        difference=_number(section, "difference"),
        interval=(low, high),
        level=_number(section, "level"),
        p=_number(section, "p"),
        items=section.whole_number("items", least=1) or 0,
        variants=section.whole_number("variants", least=1) or 0,
    )


def _text(section: Section, key: str) -> str:
    found = section.text(key)
    if not found:
        raise section.error(f"evidence needs `{key}`", hint="`chatbot eval promote` writes the whole file")
    return found


def _number(section: Section, key: str) -> float:
    found = section.number(key, least=-1e9, most=1e9)
    if found is None:
        raise section.error(f"evidence needs `{key}`", hint="`chatbot eval promote` writes the whole file")
    return found
