"""Attributes and items: `message.content`, `message['content']`, `messages[1:]`, `content.strip`."""

from __future__ import annotations

from chatbot.prompting.budget import Budget
from chatbot.prompting.jinja.loops import Loop
from chatbot.prompting.jinja.methods import method
from chatbot.prompting.jinja.values import Namespace, TemplateFault, Undefined, key_of, kind, whole_in
from chatbot.prompting.provenance import Traced


def attribute(owner: object, name: str, budget: Budget) -> object:
    """`owner.name`: a method of the value, or else the item of that name."""
    if isinstance(owner, Undefined):
        raise owner.fault()
    if isinstance(owner, Namespace):
        return owner.names.get(name, Undefined(f"the namespace has no {name!r}"))
    if isinstance(owner, Loop):
        return owner.attribute(name, budget)
    if found := method(owner, name, budget):
        return found
    if isinstance(owner, dict) and name in owner:
        return owner[name]
    return Undefined(f"{kind(owner)} has no {name!r}")


def item(owner: object, key: object, budget: Budget) -> object:
    """`owner[key]`: an item, or else the method of that name."""
    if isinstance(owner, Undefined):
        raise owner.fault()
    if isinstance(owner, dict) and isinstance(key, Traced | int | float | None) and key in owner:
        return owner[key_of(key)]
    if isinstance(owner, Traced | list | tuple) and isinstance(key, int):
        if -len(owner) <= key < len(owner):
            return owner.slice(slice(key, key + 1 or None)) if isinstance(owner, Traced) else owner[key]
        return Undefined(f"{kind(owner)} has no item {key}: its length is {len(owner)}")
    return (
        attribute(owner, key.text, budget) if isinstance(key, Traced) else Undefined(f"{kind(owner)} has no such item")
    )


def cut(owner: object, bounds: tuple[object, object, object], budget: Budget) -> object:
    """`owner[start:stop:step]`."""
    if isinstance(owner, Undefined):
        raise owner.fault()
    if not isinstance(owner, Traced | list | tuple):
        return Undefined(f"{kind(owner)} cannot be sliced")
    wanted = slice(*(None if bound is None else whole_in(bound) for bound in bounds))
    if wanted.step == 0:
        raise TemplateFault("a slice cannot go on by 0")
    count = len(range(*wanted.indices(len(owner))))
    if isinstance(owner, Traced):
        budget.write(count)
        budget.step(0 if wanted.step in (None, 1) else count)
        return owner.slice(wanted)
    budget.step(count)
    return owner[wanted]
