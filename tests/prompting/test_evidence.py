"""Evidence beside a prompt: written, read as it was, and refused with file and line where it is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import NotFoundError, PromptError
from chatbot.prompting.evidence import Evidence, evidence_path, read_evidence, write_evidence

EVIDENCE = Evidence(
    "d68c8cdff5cef943", "261121-093000-x7q2", "sums", "2026-11-21", "http://127.0.0.1:1/v1#m", "", "direct",
    0.45, (0.24, 0.617), 0.95, 6.6e-05, "McNemar, mid-p", 40, "answer", "e876a8e0c0758bd3", 2,
)  # fmt: skip


def test_it_lies_beside_the_prompt_and_begins_with_its_claim(tmp_path: Path) -> None:
    path = evidence_path(tmp_path / "steps.prompty")
    assert path.name == "steps.evidence.yaml"
    write_evidence(EVIDENCE, path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith("+0.450 [+0.240, +0.617] against direct on 40 items")
    assert lines[1] == "prompt: d68c8cdff5cef943"
    assert read_evidence(path) == EVIDENCE


@given(name=st.text(st.characters(codec="utf-8"), min_size=1), digits=st.from_regex(r"[0-9a-f]{16}", fullmatch=True))
def test_any_name_is_read_as_it_was_written(name: str, digits: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("evidence") / "a.evidence.yaml"
    evidence = replace(EVIDENCE, against=name, prompt=digits)
    write_evidence(evidence, path)
    assert read_evidence(path) == evidence


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("run: ", "ran: ", "2: unknown key 'ran'|3: unknown key 'ran'"),
        ("difference: 0.45", "difference: much", ":9: difference must be a number"),
        ("- 0.24\n", "", "interval must be two numbers"),
        ("prompt: d68c8cdff5cef943\n", "", "evidence needs `prompt`"),
        ("model:", "model: [", "this is not YAML"),
    ],
)
def test_what_is_no_evidence_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "steps.evidence.yaml"
    write_evidence(EVIDENCE, path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PromptError, match=said) as caught:
        read_evidence(path)
    assert str(caught.value).startswith(f"{path}:")


def test_where_there_is_none_it_is_said_what_writes_it(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="eval promote"):
        read_evidence(tmp_path / "none.evidence.yaml")
