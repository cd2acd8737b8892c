"""Asking a model: what it writes down and when, and what becomes of a reply that the journal cannot take."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot import Chatbot
from chatbot.errors import JournalError
from chatbot.events import Notice, TextDelta, TurnEvent
from chatbot.models import Scripted

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "chatbot.toml").write_text("tools = []\n")
    (tmp_path / "prompts").symlink_to(REPOSITORY / "prompts")
    return tmp_path


def fill_the_disk(bot: Chatbot) -> None:
    """SQLite then reports a full disk as soon as it needs another page."""
    (pages,) = bot.journal._database.read("PRAGMA page_count")[0]
    bot.journal._database.read(f"PRAGMA max_page_count = {pages + 2}")


def test_an_answer_that_the_disk_has_no_room_for_is_shown_to_its_end_and_said_not_to_be_kept(workspace: Path) -> None:
    long = " ".join(f"word{number}{'x' * 200}" for number in range(300))
    bot = Chatbot(Scripted("Kept.", long, "Never asked.", delay=0.0005), knowledge=None, workspace=workspace)
    bot.ask("first")
    seen: list[TurnEvent] = []

    def ask(question: str) -> None:
        for event in bot.stream(question):
            if isinstance(event, TextDelta) and not any(isinstance(each, TextDelta) for each in seen):
                fill_the_disk(bot)
            seen.append(event)

    with pytest.raises(JournalError, match="nothing is kept any more, since a write failed: the disk is full"):
        ask("second")
    assert "".join(event.text for event in seen if isinstance(event, TextDelta)) == long
    [notice] = [event.text for event in seen if isinstance(event, Notice)]
    assert notice.startswith("what follows of this answer is not kept: ") and "the disk is full" in notice

    seen.clear()
    with pytest.raises(JournalError, match="start the program again"):
        ask("third")
    assert not [event for event in seen if isinstance(event, TextDelta)], "nothing is asked that cannot be kept"
    assert [stored.message.text for stored in bot.session.messages][:2] == ["first", "Kept."]

    bot.journal.close()
    again = Chatbot(Scripted("Kept too."), knowledge=None, workspace=workspace, session=bot.session.id)
    assert [stored.display or stored.message.text for stored in again.session.messages][:3] == [
        "first",
        "Kept.",
        "second",
    ]
    assert again.ask("fourth").text == "Kept too."
