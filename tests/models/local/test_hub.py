"""Names of the hub, and what is said where it cannot be asked."""

from __future__ import annotations

import pytest

from chatbot.models.local import hub


@pytest.mark.parametrize("name", ["gpt2", "owner/model", "Qwen/Qwen2.5-0.5B-Instruct", "a_b/c.d-e"])
def test_names_of_the_hub_are_known_as_such(name: str) -> None:
    assert hub.could_be_name(name)


@pytest.mark.parametrize("name", ["", "./model", "/model", "~/model", "a/b/c", "owner/", "a..b", "a--b", "two words"])
def test_what_can_be_no_name_of_the_hub_is_not_asked_for(name: str) -> None:
    assert not hub.could_be_name(name)
