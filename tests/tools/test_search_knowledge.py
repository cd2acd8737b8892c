import pytest

from chatbot.errors import ToolError
from chatbot.messages import ToolCall
from chatbot.tools import Tool
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE, query_of


def test_a_model_sees_what_it_would_see_of_a_function() -> None:
    def search_knowledge(query: str) -> str:
        """Search the user's documents.

        Args:
            query: What to look for: a full question, or the words it would use.
        """
        return query

    assert Tool.from_function(search_knowledge).parameters == SEARCH_KNOWLEDGE.parameters


def test_the_query_of_a_call_is_read_like_any_tools_arguments() -> None:
    assert query_of(ToolCall("1", SEARCH_KNOWLEDGE.name, '{"query": " returns "}')) == "returns"
    assert query_of(ToolCall("1", SEARCH_KNOWLEDGE.name, '{"query": 17}')) == "17"


@pytest.mark.parametrize("arguments", ["", "{}", '{"query": "  "}', '{"q": "x"}', '{"query": null}', "returns", "[]"])
def test_a_call_without_a_query_is_an_error_for_the_model(arguments: str) -> None:
    with pytest.raises(ToolError, match=r"search_knowledge"):
        query_of(ToolCall("1", SEARCH_KNOWLEDGE.name, arguments))
