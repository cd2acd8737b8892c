"""`Knowledge` in a LangChain application."""

from __future__ import annotations

import asyncio

import pytest

from chatbot import Knowledge


@pytest.fixture
def knowledge() -> Knowledge:
    return Knowledge.from_records(
        {"id": name, "text": f"{name.title()} are {colour}.", "title": "Colours", "metadata": {"kind": kind}}
        for name, colour, kind in (
            ("apples", "red", "fruit"),
            ("carrots", "orange", "root"),
            ("pears", "green", "fruit"),
        )
    )


def test_a_passage_becomes_a_document_that_knows_its_place(knowledge: Knowledge) -> None:
    (document,) = knowledge.as_retriever(k=1).invoke("What colour are carrots?")

    assert document.page_content == "Carrots are orange."
    assert document.metadata["source"] == "carrots"
    assert (document.metadata["start"], document.metadata["end"], document.metadata["line"]) == (0, 19, 1)
    assert (document.metadata["kind"], document.metadata["title"]) == ("root", "Colours")
    assert document.metadata["score"] == pytest.approx(1.0)


def test_k_and_filter_are_those_of_the_search(knowledge: Knowledge) -> None:
    found = knowledge.as_retriever(k=5, where={"kind": "fruit"}).invoke("What colour are the fruits?")

    assert {document.metadata["source"] for document in found} == {"apples", "pears"}


def test_it_is_a_part_of_a_chain_and_awaitable(knowledge: Knowledge) -> None:
    chain = knowledge.as_retriever(k=1) | (lambda documents: documents[0].page_content)

    assert chain.invoke("apples") == "Apples are red."
    assert asyncio.run(chain.ainvoke("pears")) == "Pears are green."
