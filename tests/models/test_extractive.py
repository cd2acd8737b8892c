import asyncio

import pytest

from chatbot.effects import Generate, Grounding
from chatbot.events import Ended, TextDelta
from chatbot.messages import Evidence, Message, Passage, Segment, message
from chatbot.models.extractive import LISTED, REPLIES, Extractive
from chatbot.retrieval.embed import embedder

RETURNS = "Goods can be returned within 30 days. The customer pays the postage of a return. Refunds take a week."


@pytest.fixture(scope="module")
def model() -> Extractive:
    return Extractive(embedder("minilm").embed)


def evidence(*texts: str) -> tuple[Evidence, ...]:
    passages = [Passage(t, 0, len(t), 1, path=f"{n}.md", title=f"Page {n}", score=1.0) for n, t in enumerate(texts, 1)]
    return tuple(Evidence(number, passage) for number, passage in enumerate(passages, 1))


def answer(model: Extractive, question: str, grounding: Grounding | None) -> tuple[str, bool]:
    """The text, and whether it declines."""
    asked = Message("user", (Segment("Instructions. ", "author"), Segment(question, "user")))

    async def read() -> tuple[str, bool]:
        events = [event async for event in model.stream(Generate((asked,), grounding=grounding))]
        [ended] = [event for event in events if isinstance(event, Ended)]
        assert ended.finish == "complete"
        return "".join(event.text for event in events if isinstance(event, TextDelta)), ended.declined

    return asyncio.run(read())


def test_it_quotes_word_for_word_with_the_passages_number(model: Extractive) -> None:
    question = "How long can goods be returned?"
    text, declined = answer(model, question, Grounding(question, evidence("The sky is blue.", RETURNS)))
    assert text.startswith("Goods can be returned within 30 days. [2]")
    assert not declined
    assert all(quote.rpartition(" [")[0] in RETURNS for quote in text.split("\n\n"))


def test_it_quotes_at_most_three_sentences_in_their_order(model: Extractive) -> None:
    text = "LoRA adds two thin matrices. LoRA saves memory. LoRA is from 2021. LoRA is widely used. LoRA merges back."
    said, _ = answer(model, "What is LoRA?", Grounding("What is LoRA?", evidence(text)))
    quotes = [quote.rpartition(" [")[0] for quote in said.split("\n\n")]
    assert 1 < len(quotes) <= 3
    assert [text.index(quote) for quote in quotes] == sorted(text.index(quote) for quote in quotes)


def test_it_declines_and_names_what_comes_nearest(model: Extractive) -> None:
    question = "How do customers complain about damage?"
    text, declined = answer(model, question, Grounding(question, evidence("The sky is blue.", RETURNS)))
    assert (text, declined) == ("The documents do not say. The nearest passage is [2].", True)


def test_it_names_no_passage_where_none_is_near(model: Extractive) -> None:
    question = "Who won the 1998 World Cup?"
    grounding = Grounding(question, evidence(RETURNS))
    assert answer(model, question, grounding) == ("The documents do not say.", True)


def test_a_sentence_that_introduces_code_is_quoted_with_the_code(model: Extractive) -> None:
    page = "It wraps.\n\nTo clear the screen, call clear:\n\n```python\nimport click\n\nclick.clear()\n```\n\nMore.\n"
    question = "How do I clear the screen?"
    text, _ = answer(model, question, Grounding(question, evidence(page)))
    quote, _, rest = text.partition("\n\n[1]")
    assert quote == page[page.index("To clear") : page.index("\n\nMore")]
    assert "import click" not in rest


def test_a_line_of_code_is_quoted_with_the_sentence_that_introduces_its_block(model: Extractive) -> None:
    page = "Now for something else:\n\n```python\nname = ask('name')\nsecret = ask('password', hide_input=True)\n```\n"
    question = "How do I hide the input of a password?"
    text, _ = answer(model, question, Grounding(question, evidence(page)))
    assert text == f"{page.rstrip()}\n\n[1]"


def test_a_line_of_code_is_quoted_as_code(model: Extractive) -> None:
    page = "```\nsome --flag other_option=value\nhide_input = True  # hide the input `so`\n```\n"
    question = "How do I hide the input?"
    text, _ = answer(model, question, Grounding(question, evidence(page)))
    assert text.startswith("`` hide_input = True  # hide the input `so` `` [1]")


def test_what_a_quotation_says_is_not_quoted_again(model: Extractive) -> None:
    question = "What is forgetting?"
    text, _ = answer(
        model,
        question,
        Grounding(
            question,
            evidence(
                "Forgetting is the loss of earlier abilities when a network is trained on something new.",
                "Forgetting is the loss of earlier abilities through new training.",
            ),
        ),
    )
    assert text == "Forgetting is the loss of earlier abilities when a network is trained on something new. [1]"


def test_it_declines_where_nothing_was_found(model: Extractive) -> None:
    assert answer(model, "What?", Grounding("What?", ())) == ("The documents do not say.", True)


def test_it_says_that_it_needs_documents(model: Extractive) -> None:
    text, declined = answer(model, "How long can goods be returned?", None)
    assert "There are no documents here" in text
    assert declined


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Hello there!", "greeting"),
        ("Thanks a lot", "thanks"),
        ("bye", "farewell"),
        ("ok, great", "assent"),
        ("Who are you?", "identity"),
        ("hi, what can you do?", "abilities"),
        ("How are you?", "wellbeing"),
    ],
)
def test_small_talk_gets_a_fitting_reply(model: Extractive, said: str, kind: str) -> None:
    assert answer(model, said, None) == (REPLIES[kind], False)  # type: ignore[index]


def test_an_overview_lists_the_first_documents_and_counts_the_rest(model: Extractive) -> None:
    openings = evidence(
        *(f"# Page {number}\n\nThis page is about subject {number}. More.\n" for number in range(1, 13))
    )
    text, declined = answer(model, "What documents do you have?", Grounding("?", openings, documents=40))
    assert text.startswith("There are 40 documents:\n\n- **Page 1**: This page is about subject 1. [1]\n")
    assert text.count("\n- ") == LISTED
    assert text.endswith("… and 30 more.")
    assert not declined


def test_an_overview_of_nothing_says_so(model: Extractive) -> None:
    assert (
        answer(model, "What documents do you have?", Grounding("?", (), documents=0))[0]
        == "There are no documents here yet."
    )


def test_it_never_claims_to_write_or_call_tools(model: Extractive) -> None:
    assert (model.abilities.writes, model.abilities.tools) == (False, False)
    assert model.count_tokens(message("user", "four words of text", "user").text) > 0
