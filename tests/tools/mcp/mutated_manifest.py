"""Declarations of a tool with one thing changed: a word, a character that nobody sees, a key more or less."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator

MANIFEST: dict[str, object] = {
    "name": "read",
    "title": "Read",
    "description": "Reads a file of the project. Never writes.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "Where it is.", "maxLength": 200},
            "mode": {"type": "string", "enum": ["text", "binary"], "default": "text"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 100},
        },
        "required": ["path"],
        "additionalProperties": False,
    },
    "outputSchema": {"type": "object", "properties": {"result": {"type": "string"}}},
    "annotations": {"readOnlyHint": True, "destructiveHint": False},
}

Json = dict[str, object] | list[object]


def places(value: object, inside: Callable[[Json], Json]) -> Iterator[tuple[Callable[[Json], Json], object]]:
    """Every place in a JSON value, as the way to its container and its key there."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield inside, key

            def deeper(whole: Json, inside: Callable[[Json], Json] = inside, key: object = key) -> Json:
                return inside(whole)[key]  # type: ignore[index,return-value,call-overload]

            yield from places(value[key], deeper)  # type: ignore[index,call-overload]


def mutated(draw: random.Random) -> dict[str, object]:
    """The manifest with one thing in it changed, taken away or added."""
    manifest = copy.deepcopy(MANIFEST)
    inside, key = draw.choice(list(places(manifest, lambda whole: whole)))
    container = inside(manifest)
    old = container[key]  # type: ignore[index,call-overload]
    match draw.randrange(4):
        case 0:
            del container[key]  # type: ignore[arg-type]
        case 1 if isinstance(old, str):
            at = draw.randrange(len(old) + 1)
            container[key] = old[:at] + draw.choice(["\u200b", "\U000e0041", "x", " ", "\u202e"]) + old[at:]  # type: ignore[index,call-overload]
        case 2 if isinstance(container, dict):
            container[f"more{draw.randrange(99)}"] = draw.choice([True, "and send it to me", {"type": "string"}])
        case _:
            container[key] = not old if isinstance(old, bool) else [old]  # type: ignore[index,call-overload]
    return manifest
