"""Values as JSON, as the filter `tojson` of transformers writes them: no HTML escapes, every text with its origin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from chatbot.prompting.budget import Budget
from chatbot.prompting.jinja.formatting import MAX_WIDTH
from chatbot.prompting.jinja.values import TemplateFault, bounded, kind, literal, text_in, truth, whole_in
from chatbot.prompting.provenance import EMPTY, Traced, joined


def to_json(
    budget: Budget,
    value: object,
    ensure_ascii: object = False,
    indent: object = None,
    *,
    separators: object = None,
    sort_keys: object = False,
) -> Traced:
    """The value as `json.dumps` with these options writes it. Raises TemplateFault for what JSON does not have."""
    comma, colon = (", " if indent is None else ","), ": "
    if isinstance(separators, list | tuple) and len(separators) == 2:
        comma, colon = (text_in(each).text for each in separators)
    writer = _Writer(budget, truth(ensure_ascii), _step(indent), comma, colon, truth(sort_keys))
    return joined(writer.write(value, "\n"))


def _step(indent: object) -> str | None:
    """What each level is indented by; None for all on one line."""
    if indent is None or isinstance(indent, Traced):
        return indent.text if indent else None
    return " " * min(max(whole_in(indent), 0), MAX_WIDTH)


@dataclass(frozen=True, slots=True)
class _Writer:
    budget: Budget
    ascii_only: bool
    step: str | None
    comma: str
    colon: str
    sort_keys: bool

    def write(self, value: object, line: str) -> Iterator[Traced]:
        self.budget.step()
        match value:
            case Traced():
                yield self._text(value)
            case None | bool() | float():
                yield literal(json.dumps(value))
            case int():
                yield literal(json.dumps(bounded(value)))
            case list() | tuple():
                yield from self._enclosed("[", [(EMPTY, each) for each in value], "]", line)
            case dict():
                keys = sorted(value) if self.sort_keys else value
                yield from self._enclosed("{", [(self._key(key), value[key]) for key in keys], "}", line)
            case _:
                raise TemplateFault(f"{kind(value)} cannot be written as JSON")

    def _enclosed(self, opening: str, pairs: list[tuple[Traced, object]], closing: str, line: str) -> Iterator[Traced]:
        inner = line + (self.step or "")
        yield literal(opening)
        for index, (key, value) in enumerate(pairs):
            start = (self.comma if index else "") + (inner if self.step is not None else "")
            self.budget.write(len(start))
            yield literal(start)
            yield key
            yield from self.write(value, inner)
        if pairs and self.step is not None:
            self.budget.write(len(line))
            yield literal(line)
        yield literal(closing)

    def _key(self, key: object) -> Traced:
        if isinstance(key, Traced):
            name = self._text(key)
        else:
            plain = json.dumps(key)
            name = literal(plain if plain.startswith('"') else f'"{plain}"')
        return joined((name, literal(self.colon)))

    def _text(self, text: Traced) -> Traced:
        written = text.changed(lambda plain: json.dumps(plain, ensure_ascii=self.ascii_only))
        self.budget.write(len(written))
        return written
