"""What fits a device, in each precision."""

from __future__ import annotations

from chatbot.models.local.fitting import fits
from chatbot.models.local.machine import Device
from chatbot.models.local.memory_needed import GIB, Size, size_in_words, to_answer
from chatbot.models.local.parameters import Parameters


def card(free: int | None) -> Device:
    return Device("cuda:0", "a card", 24 * GIB, free)


def test_fewer_bits_leave_room_for_more_context() -> None:
    size = size_in_words("7B")
    assert size is not None
    found = {fit.precision: fit for fit in fits(size, card(16 * GIB))}

    assert found["float32"].tokens == 0
    assert 0 < found["bfloat16"].tokens < found["8bit"].tokens < found["4bit"].tokens
    needed = to_answer(size, found["bfloat16"].tokens, dtype="bfloat16").total
    assert needed <= 16 * GIB < to_answer(size, found["bfloat16"].tokens + 1, dtype="bfloat16").total


def test_a_device_that_tells_nothing_is_taken_to_have_room() -> None:
    assert all(fit.tokens for fit in fits(Size("x", Parameters(10**12, 0, 0), None), card(None)))
