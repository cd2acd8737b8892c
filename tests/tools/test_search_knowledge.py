import pytest

from chatbot.errors import ToolError
from chatbot.messages import ToolCall
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE, query_of


def test_the_query_of_a_call_is_read_like_any_tools_arguments() -> None:
    assert query_of(ToolCall("1", SEARCH_KNOWLEDGE.name, '{"query": " returns "}')) == "returns"


@pytest.mark.parametrize("arguments", ["{}", '{"query": "  "}', '{"q": "x"}', "returns"])
def test_a_call_without_a_query_is_an_error_for_the_model(arguments: str) -> None:
    with pytest.raises(ToolError, match=r"query|JSON"):
        query_of(ToolCall("1", SEARCH_KNOWLEDGE.name, arguments))
