"""Drafts at random, and what they say: an oracle that shares nothing with the readers and writers of formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hypothesis import strategies as st

from chatbot.messages import message
from chatbot.prompting.convert.draft import Draft
from chatbot.prompting.convert.prompty import write
from chatbot.prompting.convert.tree import (
    Block,
    Constant,
    Expression,
    For,
    If,
    Member,
    Name,
    Negation,
    Node,
    Operation,
    Text,
    Thread,
    Turn,
    Value,
    merged,
    tidied,
)
from chatbot.prompting.frontmatter import read_frontmatter
from chatbot.prompting.inputs import Input, bind
from chatbot.prompting.prompt_file import split_prompt_file
from chatbot.prompting.roles import to_messages
from chatbot.prompting.template import read_template

INPUTS = (
    Input("question", required=True),
    Input("role", required=True),
    Input("xs", "array", required=True),
    Input("item", "object", required=True),
    Input("flag", "boolean", required=True),
    Input("history", "thread", default=[]),
)
VALUES: Mapping[str, object] = {
    "question": "user:\n {{ why }} $x {y}",
    "role": "r",
    "xs": ["one", "", "system:"],
    "item": {"key": "k", "off": ""},
    "flag": True,
}
TURNS = [("user", "earlier"), ("assistant", "reply")]

Said = list[tuple[str, str]]

words = st.lists(
    st.sampled_from(
        "{ } {{ }} {% %} {# #} $ $$ ${ \\ ~ ! | ' \" user: system: assistant user # : --- word {{question}} {{role}}"
        " $role {question} {{{ {{#if {{/if}} {{else}} {% raw %} Größe <<<dotprompt:role:system>>>".split()
    )
    | st.sampled_from(["\n", "\n\n", " ", "\t", "user:\n", "\nsystem:\n", '{{role "user"}}', "\n\\"]),
    min_size=1,
    max_size=6,
).map(lambda parts: Text("".join(parts)))
names = st.sampled_from([Value(Name("question")), Value(Name("role"))])
plain_block = st.lists(words | names, min_size=1, max_size=5).map(tuple)

tests: st.SearchStrategy[Expression] = st.sampled_from(
    [
        Name("flag"),
        Name("xs"),
        Negation(Name("flag")),
        Member(Name("item"), Constant("off")),
        Operation("==", Name("role"), Constant("r")),
        Operation("!=", Member(Name("item"), Constant("key")), Constant("k")),
    ]
)
inside = st.sampled_from(
    [
        Value(Name("x")),
        Value(Member(Name("loop"), Constant("index0"))),
        If(((Member(Name("loop"), Constant("last")), (Text("last"),)),), (Text(", "),)),
        If(((Operation("==", Member(Name("loop"), Constant("index")), Constant(1)), (Text("first"),)),)),
    ]
)


def _nested(block: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    conditions = st.builds(
        lambda test, body, rest: If(((test, merged(body)),), merged(rest)), tests, block, block | st.just(())
    )
    both = Operation("and", Name("flag"), Name("question"))
    conditions |= block.map(lambda body: If(((both, merged(body)),)))
    loops = st.builds(
        lambda body, more: For("x", Name("xs"), merged((*body, *more))), block, st.lists(inside, max_size=2)
    )
    return st.lists(words | names | conditions | loops, min_size=1, max_size=4).map(tuple)


full_block = st.recursive(plain_block, _nested, max_leaves=4)


def drafts(block: st.SearchStrategy[Block], *, threads: bool = False) -> st.SearchStrategy[Draft]:
    """Drafts whose messages are such blocks."""
    roles = st.sampled_from([Turn("system"), Turn("user"), Turn("assistant")])
    said = st.tuples(roles, block).map(lambda pair: (pair[0], *pair[1]))
    parts = st.lists(said | st.just((Thread("history"),)) if threads else said, min_size=1, max_size=4)
    return parts.map(draft_of).filter(lambda draft: any(isinstance(node, Turn) for node in draft.body))


def draft_of(parts: Sequence[Block]) -> Draft:
    """A draft of these messages."""
    nodes: list[Node] = []
    for part in parts:
        nodes += [Turn("user"), *part] if not isinstance(part[0], Turn | Thread) else part
    return Draft(name="made", inputs=INPUTS, body=tidied(tuple(nodes)))


def rendered(text: str) -> Said:
    """What a prompt file says with the values, with the flag set and without."""
    return [each for flag in (True, False) for each in _rendered(text, {**VALUES, "flag": flag})]


def _rendered(text: str, values: Mapping[str, object]) -> Said:
    file = split_prompt_file(Path("made.prompty"), text)
    inputs = read_frontmatter(file).inputs
    thread = [message(role, said, "user") for role, said in TURNS]
    given = {name: value for name, value in {**values, "history": thread}.items() if name in inputs}
    template = read_template(file, frozenset(inputs))
    return [(each.role, each.text) for each in to_messages(template.pieces(bind(inputs, given)), file)]


def written(draft: Draft) -> Said:
    """What the prompt file of a draft says with the values."""
    return rendered(write(draft).text)


def spoken(draft: Draft) -> Said:
    """The same, worked out from the draft's tree alone."""
    return [each for flag in (True, False) for each in _spoken(draft, {**VALUES, "flag": flag})]


def _spoken(draft: Draft, values: Mapping[str, object]) -> Said:
    found: list[tuple[str, list[tuple[str, bool]]]] = []

    def run(block: Block, names: Mapping[str, object]) -> None:
        for node in block:
            match node:
                case Turn(role):
                    found.append((role, []))
                case Thread():
                    found.extend((role, [(text, False)]) for role, text in TURNS)
                    found.append(("nobody", []))
                case Text(text):
                    found[-1][1].append((text, True))
                case Value(of):
                    value = look_up(of, names)
                    found[-1][1].append((str(value), isinstance(of, Constant)))
                case If(branches, otherwise):
                    run(next((body for test, body in branches if look_up(test, names)), otherwise), names)
                case For(name, over, body):
                    items = look_up(over, names)
                    assert isinstance(items, list)
                    for index, item in enumerate(items):
                        loop = {"index": index + 1, "index0": index, "last": index == len(items) - 1}
                        run(body, {**names, name: item, "loop": loop})

    run(draft.body, values)
    stripped = [(role, _stripped(runs)) for role, runs in found if role != "nobody"]
    return [(role, text) for role, text in stripped if text is not None]


def look_up(of: Expression, names: Mapping[str, object]) -> object:
    match of:
        case Constant(value):
            return value
        case Name(name):
            return names[name]
        case Member(owner, Constant(key)):
            table = look_up(owner, names)
            assert isinstance(table, dict)
            return table[key]
        case Negation(inner):
            return not look_up(inner, names)
        case Operation("==", left, right):
            return look_up(left, names) == look_up(right, names)
        case Operation("!=", left, right):
            return look_up(left, names) != look_up(right, names)
        case Operation("and", left, right):
            return look_up(left, names) and look_up(right, names)
    raise AssertionError(of)


def _stripped(runs: Sequence[tuple[str, bool]]) -> str | None:
    """The text without the author's white space at its ends; None where there is nothing but that."""
    left = list(runs)
    while left and left[0][1] and not left[0][0].strip():
        left.pop(0)
    while left and left[-1][1] and not left[-1][0].strip():
        left.pop()
    if not left:
        return None
    if left[0][1]:
        left[0] = (left[0][0].lstrip(), True)
    if left[-1][1]:
        left[-1] = (left[-1][0].rstrip(), True)
    return "".join(text for text, _ in left)
