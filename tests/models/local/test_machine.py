"""The memory of this machine, as it is told to people."""

from __future__ import annotations

from chatbot.models.local import machine


def test_the_processor_is_always_there_and_the_last() -> None:
    found = machine.devices()

    assert found[-1].name == "cpu"
    assert found[-1].total is None or found[-1].free is None or 0 < found[-1].free <= found[-1].total


def test_what_is_free_on_a_device_nobody_has_is_not_known() -> None:
    assert machine.free_bytes("cuda:99") is None
