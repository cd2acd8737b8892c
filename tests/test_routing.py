import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.routing import route, small_talk


@pytest.mark.parametrize(
    "question",
    ["hi", "Hello!", "hey there", "Good morning", "thanks", "Thank you so much!", "ok", "bye", "ok thanks bye",
     "who are you?", "What can you do for me?", "hi, how are you?", "Help me please"],
)  # fmt: skip
def test_small_talk_is_not_searched_for(question: str) -> None:
    assert route(question) == "small_talk"


@pytest.mark.parametrize(
    "question",
    ["What documents do you have?", "which files are there", "list the documents", "summarise it", "Summarize this",
     "please summarise the documents", "What is this about?", "What can I ask you about?",
     "What do you know?", "can you describe your knowledge", "how many documents are there?"],
)  # fmt: skip
def test_a_question_about_the_collection_goes_to_the_overview(question: str) -> None:
    assert route(question) == "collection"


@pytest.mark.parametrize(
    "question",
    ["What is nucleus sampling?", "Hello World in Python: how do I print it?", "hi, how long can goods be returned?",
     "What is a greeting card?", "thanks to whom was penicillin found?", "Who are you allowed to send parcels to?",
     "What documents do I need for a visa application at the embassy in Oslo this summer, and who signs them?",
     "help me reset my router", "Which sources of vitamin C does the diet page name?", "summarise chapter two",
     "okapi", "high tide", "what are adapters?", ""],
)  # fmt: skip
def test_a_real_question_is_searched_for(question: str) -> None:
    assert route(question) == "search"


def test_the_last_kind_of_small_talk_counts() -> None:
    assert small_talk("hello, what can you do?") == "abilities"
    assert small_talk("thanks, bye!") == "farewell"


@given(st.text(max_size=200))
def test_any_text_has_a_route(text: str) -> None:
    assert route(text) in ("small_talk", "collection", "search")
