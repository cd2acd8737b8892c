"""transformers says nothing for a while, and as much as before afterwards."""

from __future__ import annotations

import pytest

pytest.importorskip("transformers")

from transformers.utils import logging

from chatbot.models.local.quiet import quiet


def test_it_is_as_loud_afterwards_as_it_was_before() -> None:
    before = (logging.get_verbosity(), logging.is_progress_bar_enabled())
    with quiet():
        assert logging.get_verbosity() == logging.ERROR and not logging.is_progress_bar_enabled()
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before
