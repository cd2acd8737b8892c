"""What an error says to people, and what it knows of the request that met it."""

from __future__ import annotations

from chatbot.errors import ModelError, ModelUnreachable


def test_the_request_stands_at_the_end_of_the_message_once() -> None:
    error = ModelUnreachable("the service failed (500)", hint="try again later").of_request("req-1").of_request("req-2")
    assert str(error) == "the service failed (500) [request req-1] (try again later)"
    assert error.request_id == "req-1"


def test_where_no_request_is_named_none_is_said() -> None:
    error = ModelError("it failed").of_request("")
    assert (str(error), error.request_id) == ("it failed", "")
