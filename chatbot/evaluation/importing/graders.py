"""How openai/evals compares replies where no scorer of ours does the same: for `{kind: python, function: …}`."""

from __future__ import annotations

import json
import re
import string

from chatbot.evaluation.records import Item, Response

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_MARKS = str.maketrans("", "", string.punctuation)


def starts_with(item: Item, response: Response) -> bool:
    """Match: the reply begins with one of the ideals."""
    return response.text.strip().startswith(_ideals(item))


def fuzzy_match(item: Item, response: Response) -> bool:
    """FuzzyMatch: reply or ideal stands in the other, without case, marks and articles."""
    said = _normal(response.text)
    wanted = [_normal(ideal) for ideal in _ideals(item)]
    return any(each in said or said in each if each and said else each == said for each in wanted)


def same_json(item: Item, response: Response) -> tuple[bool, str]:
    """JsonMatch: the reply is JSON, and equal to that of an ideal."""
    try:
        said = json.loads(response.text)
    except (ValueError, RecursionError):
        return False, "the reply is not JSON"
    return any(said == json.loads(ideal) for ideal in _ideals(item)), ""


def _ideals(item: Item) -> tuple[str, ...]:
    ideal = item.fields["ideal"]
    return tuple(map(str, ideal)) if isinstance(ideal, list) else (str(ideal),)


def _normal(text: str) -> str:
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_MARKS)).split())
