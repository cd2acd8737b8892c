"""Scorers of JSON in a reply: json_schema and fields.

Scored is the structured answer of a strategy that gives one, else the likeliest JSON value in the text, in a fence or
in prose. A reply without JSON has no answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from chatbot import json_schema as schemas
from chatbot.errors import ProjectError, UsageError
from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.outcomes import brief, no_answer, right_or_wrong, scored
from chatbot.paths import inside
from chatbot.prompting.extraction import normalise
from chatbot.prompting.json_values import as_text, loads, values

NO_JSON = "there is no JSON in the reply"

_NOTHING = object()


def json_schema(entry: Entry) -> Scorer:
    """Whether the reply's JSON satisfies `schema`: a table, a file beside the suite, or a field of the item."""
    schema_of = _schema_of(entry)

    def judge(item: Item, response: Response) -> Score:
        schema, value = schema_of(item), next(_values(response), _NOTHING)
        if value is _NOTHING:
            return no_answer(NO_JSON)
        wrong = schemas.violations(value, schema)
        return right_or_wrong(not wrong, wrong)

    return judge


def fields(entry: Entry) -> Scorer:
    """The share of the expected fields, inner ones too, that the reply's JSON object has right.

    Texts are the same whatever their case and white space, numbers whatever their form; lists in their order. What is
    null in the expected object may be left out. Fields that are wrong, missing or unexpected are noted by their paths.
    """
    expected_of = entry.made("expect", entry.expected(default="answer"), _table)

    def judge(item: Item, response: Response) -> Score:
        expected = dict(_leaves(expected_of(item)))
        found = next((value for value in _values(response) if isinstance(value, Mapping)), None)
        if found is None:
            return no_answer("there is no JSON object in the reply")
        given = dict(_leaves(found))
        missing = [path for path, value in expected.items() if path not in given and value is not None]
        wrong = [path for path, value in expected.items() if path in given and not _same(given[path], value)]
        details = {
            "wrong": wrong,
            "missing": missing,
            "unexpected": [path for path in given if path not in expected],
        }
        said = "; ".join(f"{path}: expected {brief(expected[path])}, found {brief(given[path])}" for path in wrong[:5])
        reason = "; ".join(filter(None, [said, f"missing: {', '.join(missing)}" if missing else ""]))
        return scored(1 - (len(wrong) + len(missing)) / len(expected), reason, details)

    return judge


def _values(response: Response) -> Iterator[object]:
    """The JSON of a response, the likeliest value first."""
    return iter((response.value,)) if response.value is not None else values(response.text, longest=True)


def _schema(value: object) -> schemas.Schema:
    """A schema from its table or its text. Raises UsageError for what is none."""
    table = loads(value) if isinstance(value, str) else _lists(value)
    if not isinstance(table, Mapping):
        raise UsageError(f"a JSON Schema is a table, not {brief(value)}")
    return schemas.checked(table)


def _schema_of(entry: Entry) -> Callable[[Item], schemas.Schema]:
    given = entry.section.table.get("schema")
    if not (isinstance(given, str) and given.endswith(".json")):
        return entry.made("schema", entry.expected("schema"), _schema)
    try:
        schema = _schema(inside(entry.folder, given).read_text(encoding="utf-8"))
    except (ProjectError, UsageError) as error:
        raise entry.error(f"{given}: {error.message}", "schema", hint=error.hint) from None
    except (OSError, UnicodeDecodeError) as error:
        raise entry.error(f"{given} cannot be read: {error}", "schema", hint="name a file beside the suite") from None
    return lambda item: schema


def _lists(value: object) -> object:
    """The value with lists for the tuples that templates give."""
    if isinstance(value, Mapping):
        return {key: _lists(each) for key, each in value.items()}
    return [_lists(each) for each in value] if isinstance(value, list | tuple) else value


def _table(value: object) -> Mapping[str, object]:
    table = loads(value) if isinstance(value, str) else value
    if not isinstance(table, Mapping) or not any(_leaves(table)):
        raise UsageError(f"the expected fields are a table, not {brief(value)}")
    return table


def _leaves(table: Mapping[str, object], path: str = "") -> Iterator[tuple[str, object]]:
    """The values of a table and of the tables in it, by dotted path."""
    waiting = [(path, table)]
    while waiting:  # no recursion: a model may nest as deep as it likes
        at, inner = waiting.pop()
        for key, value in inner.items():
            place = f"{at}.{key}" if at else str(key)
            if isinstance(value, Mapping) and value:
                waiting.append((place, value))
            else:
                yield place, value


def _same(found: object, expected: object) -> bool:
    match expected:
        case None:
            return found in (None, "")
        case bool():
            return found is expected
        case int() | float():
            return _number(found) == _number(expected)
        case str():
            said = found if isinstance(found, str) else as_text(found) if isinstance(found, int | float) else None
            return said is not None and _folded(said) == _folded(expected)
        case list() | tuple():
            return isinstance(found, list) and len(found) == len(expected) and all(map(_same, found, expected))
        case Mapping():
            return (
                isinstance(found, Mapping)
                and found.keys() == expected.keys()
                and all(_same(found[key], expected[key]) for key in expected)
            )
    return found == expected


def _number(value: object) -> Fraction | None:
    """The number that a value is, or states; None for none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    known = normalise("last_number", value) if isinstance(value, str) else repr(value)
    return None if known is None or (isinstance(value, float) and not math.isfinite(value)) else Fraction(known)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
