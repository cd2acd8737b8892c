"""An answer that satisfies a schema: asked for, parsed, validated, and repaired a bounded number of times."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, cast

from chatbot.effects import Flow, Generate
from chatbot.errors import BudgetSpent, UsageError
from chatbot.json_schema import SHOWN, Schema, checked, violations
from chatbot.messages import Step, message
from chatbot.prompting.json_values import values
from chatbot.strategies.converse import Said, converse
from chatbot.strategies.task import Outcome, Task, added, ending, with_shots

if TYPE_CHECKING:
    from pydantic import BaseModel

CANDIDATES = 5
"""JSON values of a reply that are tried: the one meant is among the first, whatever is quoted beside it."""


@dataclass(frozen=True, slots=True)
class Structured:
    """JSON that a schema admits, as `Outcome.value`.

    schema: a JSON Schema, or a pydantic class, of which the value is then an object.
    repairs: how often a reply that does not fit is sent back with what is wrong with it. Most that can be mended are
        mended the first time.

    Endpoints that can hold a model to a schema are told to. The schema stands in the prompt as well: held to a schema
    that it does not know, a model writes what fits and means nothing.
    """

    name: ClassVar[str] = "structured"
    branches: ClassVar[bool] = False
    schema: Schema | type | None = None
    repairs: int = 2

    @property
    def demonstrates(self) -> int | None:
        """As many as the prompt selects, their answers as they stand in the pool."""
        return None

    def __call__(self, task: Task) -> Flow[Outcome]:
        """One request, and one for each repair. What still does not fit has no answer."""
        schema, request = _as_json_schema(self.schema), task.request
        if task.shots:
            request = with_shots(request, task.shots, lambda shot: shot.answer)
        wish = f"\n\nReply with JSON alone, which satisfies this JSON Schema:\n{json.dumps(schema, ensure_ascii=False)}"
        request = replace(ending(request, wish), schema=schema)
        steps: list[Step] = []
        for left in reversed(range(self.repairs + 1)):
            try:
                said = yield from converse(task, request)
            except BudgetSpent as error:
                if not steps:
                    raise
                return _failed(said, steps, error.message)
            value, wrong = self._read(said.reply.text, schema)
            if not wrong:
                return _fitting(said, value, steps)
            steps.append(Step("draft", said.reply.text, note=wrong))
            request = _sent_back(said, wrong) if left else request
        return _failed(said, steps, f"no reply fits the schema after {self.repairs} repairs: {wrong}")

    def _read(self, text: str, schema: Schema) -> tuple[object, str]:
        """The value in a reply, and what is wrong with it."""
        wrongs = []
        for value in islice(values(text, longest=True), CANDIDATES):
            wrong = violations(value, schema)
            if not wrong:
                return self._typed(value)
            wrongs.append(wrong)
        return None, wrongs[0] if wrongs else "the reply holds no JSON"

    def _typed(self, value: object) -> tuple[object, str]:
        """The value as an object of the pydantic class, where one is given: it may check more than its schema says."""
        from pydantic import ValidationError

        if not isinstance(self.schema, type):
            return value, ""
        try:
            return cast("type[BaseModel]", self.schema).model_validate(value), ""
        except ValidationError as error:
            return None, "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:SHOWN])


def _as_json_schema(schema: Schema | type | None) -> Schema:
    """Raises UsageError where there is no schema, or what is given is none."""
    if schema is None:
        raise UsageError("structured needs a schema", hint="give it one: strategy: {name: structured, schema: {…}}")
    if not isinstance(schema, type):
        return checked(schema)
    if not hasattr(schema, "model_json_schema"):
        raise UsageError(f"{schema.__name__} is no pydantic class", hint="derive it from pydantic.BaseModel")
    return cast("type[BaseModel]", schema).model_json_schema()


def _sent_back(said: Said, wrong: str) -> Generate:
    wish = message("user", f"That does not fit the schema: {wrong}\nReply with the corrected JSON alone.", "author")
    return added(said.request, said.reply.as_message(), wish)


def _fitting(said: Said, value: object, steps: list[Step]) -> Outcome:
    plain = cast("BaseModel", value).model_dump(mode="json") if hasattr(value, "model_dump") else value
    text = json.dumps(plain, ensure_ascii=False)
    trace = Step("structured", text, text, steps=tuple(steps))
    return Outcome(text, text, trace, said.uses, said.reply.finish, value=value, limit=said.limit)


def _failed(said: Said, steps: list[Step], why: str) -> Outcome:
    trace = Step("structured", said.reply.text, None, note=why, steps=tuple(steps))
    return Outcome(said.reply.text, None, trace, said.uses, said.reply.finish, limit=why)
