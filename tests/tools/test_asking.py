"""Asking a person: whatever goes wrong with the question is a no."""

from __future__ import annotations

import asyncio
import threading

import pytest

from chatbot.errors import ToolError
from chatbot.tools import ApprovalRequest, Approve
from chatbot.tools.asking import Asking

REQUEST = ApprovalRequest("send", "", "sends", "{}", (), "", "id", "c", "0" * 64)


def ask(approve: Approve | None) -> object:
    return asyncio.run(Asking(approve).ask(REQUEST))


def test_code_that_is_not_async_may_wait_for_a_person() -> None:
    main = threading.current_thread()

    def approve(request: ApprovalRequest) -> bool:
        return threading.current_thread() is not main and request is REQUEST

    assert ask(approve) == REQUEST.allow()


def test_an_answer_may_come_later() -> None:
    main = threading.current_thread()

    async def later(request: ApprovalRequest) -> bool:
        await asyncio.sleep(0)
        return threading.current_thread() is main and request is REQUEST

    assert ask(later) == REQUEST.allow()
    assert ask(lambda request: later(request)) == REQUEST.allow()


def test_nobody_a_failure_and_a_no_are_no() -> None:
    def fails(request: ApprovalRequest) -> bool:
        raise OSError("no terminal")

    async def fails_later(request: ApprovalRequest) -> bool:
        raise OSError("the line is dead")

    for approve, words in (
        (None, "nobody can be asked here"),
        (fails, "asking for approval failed: OSError: no terminal"),
        (fails_later, "asking for approval failed: OSError: the line is dead"),
        (lambda _: False, "the user did not approve"),
    ):
        with pytest.raises(ToolError) as refused:
            ask(approve)
        assert str(refused.value).startswith(words)


def test_one_question_of_a_conversation_is_open_at_a_time() -> None:
    async def both() -> None:
        asking = Asking(lambda _: True)
        assert asking.possible
        async with asking.turn("a"):
            assert asking.turn("a").locked()
            assert not asking.turn("b").locked()

    asyncio.run(both())


def test_who_does_not_answer_in_time_says_no() -> None:
    async def waits(request: ApprovalRequest) -> bool:
        await asyncio.Event().wait()
        return True

    with pytest.raises(ToolError, match=r"nobody answered within 0\.0005 minutes"):
        asyncio.run(Asking(waits, patience=0.03).ask(REQUEST))


def test_conversations_on_two_loops_do_not_wait_for_each_other() -> None:
    asking = Asking(None)
    assert not asking.possible

    async def question() -> bool:
        async with asking.turn("a"):
            return await asyncio.to_thread(lambda: asyncio.run(other()))

    async def other() -> bool:
        async with asking.turn("a"):
            return True

    assert asyncio.run(asyncio.wait_for(question(), 60))


def test_questions_of_a_conversation_are_put_one_after_the_other() -> None:
    open_ones: list[int] = []

    async def answer(request: ApprovalRequest) -> bool:
        open_ones.append(len(open_ones) + 1)
        await asyncio.sleep(0)
        assert open_ones == [1]
        open_ones.clear()
        return True

    async def ask_in_turn(asking: Asking) -> object:
        async with asking.turn("c"):
            return await asking.ask(REQUEST)

    async def all_at_once() -> list[object]:
        asking = Asking(answer)
        return await asyncio.gather(*(ask_in_turn(asking) for _ in range(5)))

    assert asyncio.run(all_at_once()) == [REQUEST.allow()] * 5
