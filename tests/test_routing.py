import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.routing import route, small_talk


@pytest.mark.parametrize(
    "question",
    ["hi", "Hello!", "hey there", "Good morning", "thanks", "Thank you so much!", "ok", "bye", "ok thanks bye",
     "who are you?", "What can you do for me?", "hi, how are you?", "Help me please", "Thank you, that helps!", "hiya",
     "see you later", "Are you a bot?", "are you ChatGPT?",
     "who made you?", "How are you today?"],
)  # fmt: skip
def test_small_talk_is_not_searched_for(question: str) -> None:
    assert route(question) == "small_talk"


@pytest.mark.parametrize(
    "question",
    ["What documents do you have?", "which files are there", "list the documents", "summarise it", "Summarize this",
     "please summarise the documents", "What is this about?", "What can I ask you about?",
     "What do you know?", "can you describe your knowledge", "how many documents are there?",
     "What's in the knowledge base?", "What is in your documents?", "summarize it please", "overview", "tl;dr",
     "give me an overview", "Give me a summary of the documents", "What can you tell me about?",
     "Tell me what you know",
     "What is this collection about?", "Which topics can I ask about?", "What topics does the handbook cover?",
     "what sources do you use?", "Summarise all the documents", "What documents are available?"],
)  # fmt: skip
def test_a_question_about_the_collection_goes_to_the_overview(question: str) -> None:
    assert route(question) == "collection"


@pytest.mark.parametrize(
    "question",
    ["What is nucleus sampling?", "Hello World in Python: how do I print it?", "hi, how long can goods be returned?",
     "What is a greeting card?", "thanks to whom was penicillin found?", "Who are you allowed to send parcels to?",
     "What documents do I need for a visa application at the embassy in Oslo this summer, and who signs them?",
     "help me reset my router", "Which sources of vitamin C does the diet page name?", "summarise chapter two",
     "What documents are needed to apply?", "Which files are deleted by the cleaner?", "Which documents mention LoRA?",
     "What do you know about LoRA?", "Describe the collection of taxes", "What sources does the author name?",
     "summary of chapter two", "Are you allowed to send parcels?", "How many files does the cleaner delete?",
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
