"""OpenAPI documents as files and as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatbot.errors import UsageError
from chatbot.tools.openapi.document import Document, read_document

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("file", "title"),
    [("clinic.yaml", "Clinic Appointments"), ("shop.json", "Shop"), ("tickets.yaml", "Tickets & Co.")],
)
def test_json_and_yaml_are_read(file: str, title: str) -> None:
    assert read_document(HERE / file).title == read_document(str(HERE / file)).title == title


def test_data_is_taken_as_it_is() -> None:
    assert read_document({"openapi": "3.1.0", "info": {"title": "Shop"}}).title == "Shop"
    assert read_document({"openapi": "3.0"}).title == ""


def test_yaml_is_read_without_its_surprises(tmp_path: Path) -> None:
    written = (
        "openapi: 3.0.0\nwords: [no, on, 2026-01-01, 12:30, 0123, 0x10, Yes]\n200: {n: 3, f: 1.5e3, t: true, z: ~}\n"
    )
    (tmp_path / "a.yaml").write_text(written + "a: &a {x: 1}\nb: {<<: *a, y: 2}\n")
    data = read_document(tmp_path / "a.yaml").data

    assert data["words"] == ["no", "on", "2026-01-01", "12:30", "0123", "0x10", "Yes"]
    assert data["200"] == {"n": 3, "f": 1500.0, "t": True, "z": None}
    assert data["b"] == {"x": 1, "y": 2}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "is no OpenAPI document"),
        ("[]", "is no OpenAPI document"),
        ("{}", "it has no 'openapi' version"),
        ('{"openapi": "3.2.0"}', "is of OpenAPI 3.2.0"),
        ('{"swagger": "2.0"}', "is of Swagger 2.0"),
        ('{"openapi": ', "neither JSON nor YAML"),
        ("openapi: [3", "neither JSON nor YAML"),
        ("openapi: !!python/object/apply:os.getcwd []", "neither JSON nor YAML"),
        ("? [a, b]\n: 3", "a key is no text"),
        ("a: &a [*a]", "neither JSON nor YAML"),
        ("[" * 100_000, "neither JSON nor YAML"),
    ],
)
def test_what_is_none_is_refused_with_the_files_name(tmp_path: Path, written: str, said: str) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(written)

    with pytest.raises(UsageError) as caught:
        read_document(path)
    assert str(path) in caught.value.message and said in caught.value.message


@pytest.mark.parametrize("source", ["missing.yaml", "https://api.example/openapi.json", "."])
def test_what_cannot_be_read_is_refused(source: str) -> None:
    with pytest.raises(UsageError):
        read_document(source)


def followed(node: Any, **parts: Any) -> Any:
    return Document(parts, "api.yaml").follow(node)


def test_references_are_followed_inside_the_document() -> None:
    assert followed({"$ref": "#/a/b~1c"}, a={"b/c": {"$ref": "#/d/1"}}, d=[0, {"x": 1}]) == {"x": 1}
    assert followed({"x": 1}) == {"x": 1}
    assert followed(None) == followed("text") == {}


@pytest.mark.parametrize("reference", ["#/none", "other.yaml#/a", "https://api.example/a.json", "#/d/7", "#a"])
def test_a_reference_that_leads_nowhere_is_refused(reference: str) -> None:
    with pytest.raises(UsageError, match=r"api\.yaml refers to .* which is not in it"):
        followed({"$ref": reference}, d=[])


def test_a_circle_of_references_is_refused() -> None:
    with pytest.raises(UsageError, match="leads back to itself"):
        followed({"$ref": "#/a"}, a={"$ref": "#/b"}, b={"$ref": "#/a"})
