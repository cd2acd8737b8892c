"""Samples of openai/evals, `{"input": [messages] or text, "ideal": …}`, as items and the prompt that asks them.

Where all conversations are one system message and a question, the prompt has that message, to be changed and compared;
else it takes each item's messages as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatbot.errors import UsageError
from chatbot.prompting.convert.draft import Draft
from chatbot.prompting.convert.tree import Name, Text, Thread, Value
from chatbot.prompting.convert.turns import Said, joined
from chatbot.prompting.inputs import Input
from chatbot.sampling import Sampling

ROLES = {"developer": "system"}
"""Roles that go by another name here."""

Conversation = tuple[tuple[str, str], ...]


def samples(rows: Sequence[Mapping[str, object]], name: str) -> tuple[Draft, list[dict[str, object]]]:
    """The prompt, and the items. Raises UsageError, with the number of the row, for what is no sample."""
    said = [_conversation(row, number) for number, row in enumerate(rows, 1)]
    alone = {each[:-1] for each in said}
    lead = alone.pop() if len(alone) == 1 else None
    if (
        lead is not None
        and all(each[-1][0] == "user" for each in said)
        and [role for role, _ in lead] in ([], ["system"])
    ):
        return _asked(name, "".join(text for _, text in lead)), [
            _item(row, number, {"question": each[-1][1]})
            for number, (row, each) in enumerate(zip(rows, said, strict=True), 1)
        ]
    inputs = (Input("messages", "thread", required=True),)
    draft = Draft(name, sampling=Sampling(temperature=0), inputs=inputs, body=joined([Thread("messages")]))
    items = [
        _item(row, number, {"question": each[-1][1], "messages": [{"role": role, "text": text} for role, text in each]})
        for number, (row, each) in enumerate(zip(rows, said, strict=True), 1)
    ]
    return draft, items


def _asked(name: str, system: str) -> Draft:
    messages = [Said("system", (Text(system),))] if system else []
    messages.append(Said("user", (Value(Name("question")),)))
    inputs = (Input("question", required=True),)
    return Draft(name, sampling=Sampling(temperature=0), inputs=inputs, body=joined(messages))


def _item(row: Mapping[str, object], number: int, asked: Mapping[str, object]) -> dict[str, object]:
    rest = {key: value for key, value in row.items() if key != "input"}
    return {"id": str(row.get("id", number)), **asked, **{key: each for key, each in rest.items() if key != "id"}}


def _conversation(row: Mapping[str, object], number: int) -> Conversation:
    match row.get("input"):
        case str(text):
            return (("user", text),)
        case [*messages] if messages:
            return tuple(_message(each, number) for each in messages)
    raise UsageError(f"sample {number} has no `input`", hint='it is like {"input": [{"role": …}], "ideal": "…"}')


def _message(given: object, number: int) -> tuple[str, str]:
    match given:
        case {"role": str(role), "content": str(text)}:
            return ROLES.get(role, role), text
    raise UsageError(f"sample {number} has a message that is not text with a role: {str(given)[:80]}")
