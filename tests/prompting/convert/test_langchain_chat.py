"""LangChain's templates in memory: they say there what the prompt says here, and come back."""

from __future__ import annotations

from pathlib import Path

import pytest
from drafts import TURNS, VALUES, Said, drafts, full_block, plain_block, spoken
from hypothesis import given
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate, HumanMessagePromptTemplate, MessagesPlaceholder

from chatbot.errors import PromptError
from chatbot.prompting import Prompt
from chatbot.prompting.convert import from_chat_prompt_template, to_chat_prompt_template
from chatbot.prompting.convert.draft import Draft
from chatbot.prompting.convert.langchain_chat import from_langchain, to_langchain
from chatbot.prompting.convert.tree import Name, Text, Thread, Turn, Value
from chatbot.prompting.inputs import Input

PROMPTS = Path(__file__).parents[3] / "prompts"


def said_there(template: ChatPromptTemplate) -> Said:
    """What LangChain makes of a template, with the flag set and without."""
    thread = [HumanMessage(text) if role == "user" else AIMessage(text) for role, text in TURNS]
    roles = {"system": "system", "human": "user", "ai": "assistant"}
    return [
        (roles[each.type], str(each.text))
        for flag in (True, False)
        for each in template.format_messages(**{**VALUES, "flag": flag, "history": thread})
    ]


@given(drafts(plain_block, threads=True))
def test_a_prompt_of_plain_inputs_says_the_same_there_and_back(draft: Draft) -> None:
    template, _ = to_langchain(draft)
    assert said_there(template) == spoken(draft)
    assert spoken(from_langchain(template).draft) == spoken(draft)


@given(drafts(full_block, threads=True))
def test_a_prompt_with_conditions_and_loops_comes_back(draft: Draft) -> None:
    template, _ = to_langchain(draft)
    assert spoken(from_langchain(template).draft) == spoken(draft)


def test_a_template_of_langchains_becomes_a_prompt_file() -> None:
    template = ChatPromptTemplate(
        [
            SystemMessage("Use {braces}."),
            MessagesPlaceholder("talk", optional=True),
            ("human", "In {language}: {{x}} {text}"),
        ]
    ).partial(language="German")
    draft = from_langchain(template).draft

    assert draft.body == (
        *(Turn("system"), Text("Use {braces}.")),
        Thread("talk"),
        *(Turn("user"), Text("In "), Value(Name("language")), Text(": {x} "), Value(Name("text"))),
    )
    assert draft.input("talk") == Input("talk", "thread", default=[])
    assert draft.input("language") == Input("language", default="German")
    assert from_chat_prompt_template(template, "translate").text.startswith("---\nname: translate\n")


def test_a_shipped_prompt_becomes_a_template_and_says_what_is_lost() -> None:
    template, losses = to_chat_prompt_template(Prompt.load(PROMPTS / "question.prompty"))

    assert [each.type for each in template.format_messages(question="Why?")] == ["system", "human"]
    assert losses == ("the name 'question'", "the description", "1 test: a ChatPromptTemplate has none")


@pytest.mark.parametrize(
    "part",
    [
        HumanMessagePromptTemplate.from_template([{"type": "image_url", "image_url": "{link}"}]),
        HumanMessagePromptTemplate.from_template("{{x}}", template_format="mustache"),
        HumanMessagePromptTemplate.from_template("{x:>5}"),
    ],
    ids=["image", "mustache", "format"],
)
def test_what_cannot_be_converted_is_refused(part: HumanMessagePromptTemplate) -> None:
    with pytest.raises(PromptError, match=r"convert|no text|plain variable"):
        from_langchain(ChatPromptTemplate([part]))
