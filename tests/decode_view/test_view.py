"""A view as JSON: every figure that is drawn, by name."""

from __future__ import annotations

import json

import pytest
from decode_views import view

from chatbot.decode_view.view import as_plain


def test_everything_is_there_by_name() -> None:
    told = json.loads(json.dumps(as_plain(view())))
    assert told["text"] == "The capital is <b>Paris</b>" and told["whole"] is False
    assert [step["token"] for step in told["steps"]] == ["The", " capital", " is", " <b>Paris</b>"]
    first = told["steps"][0]
    assert first["before"]["candidates"][1] == {"text": "Paris", "id": None, "probability": pytest.approx(0.31)}
    assert first["after"][0]["strategy"] == "greedy"
    assert first["after"][0]["distribution"]["candidates"] == [{"text": "The", "id": None, "probability": 1.0}]
    assert first["after"][2]["distribution"] is None and "above 1" in first["after"][2]["reason"]
    assert told["tree"][0]["branches"][0]["token"] == " capital"
    assert told["written"][1]["failure"].startswith("the service does not know beams")
