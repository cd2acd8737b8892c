import pytest

from chatbot.tools.mcp.contents import as_text

types = pytest.importorskip("mcp.types")


def result(*texts: str, structured: object = None) -> object:
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text) for text in texts], structured_content=structured
    )


def test_text_is_given_as_it_is() -> None:
    assert as_text(result("one", "two")) == "one\n\ntwo"


def test_nothing_is_said_in_words() -> None:
    assert as_text(result()) == "done; there is no result"


@pytest.mark.parametrize(
    ("texts", "structured"),
    [
        (['{"a": 1, "b": [2]}'], {"b": [2], "a": 1}),
        (["3"], {"result": 3}),
        (["plain words"], {"result": "plain words"}),
        (["1", "2"], {"result": [1, 2]}),
        (["one"], {"result": ["one"]}),
        (['{\n  "a": 1\n}'], {"result": {"a": 1}}),
    ],
)
def test_structured_content_that_the_text_tells_already_is_not_told_twice(texts: list[str], structured: object) -> None:
    assert as_text(result(*texts, structured=structured)) == "\n\n".join(texts)


@pytest.mark.parametrize(
    ("texts", "structured", "shown"),
    [
        (["a summary"], {"rows": [1, 2]}, '{"rows": [1, 2]}'),
        ([], {"rows": []}, '{"rows": []}'),
        (["1"], {"result": True}, '{"result": true}'),
        (["3"], {"result": 3, "unit": "m"}, '{"result": 3, "unit": "m"}'),
    ],
)
def test_structured_content_that_says_more_is_given_as_json(texts: list[str], structured: object, shown: str) -> None:
    assert as_text(result(*texts, structured=structured)).split("\n\n")[-1] == shown
