"""Hosts are looked up, and a name server that says nothing holds nobody up."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from chatbot.service.lookup import look_up

SILENT = """
import fcntl, pathlib, socket, struct, subprocess, sys, tempfile
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:  # loopback is down in a new network
    fcntl.ioctl(control, 0x8914, struct.pack("16sH14x", b"lo", 1))
nobody = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
nobody.bind(("127.0.0.1", 53))
with tempfile.NamedTemporaryFile("w") as file:
    file.write("nameserver 127.0.0.1\\noptions timeout:30 attempts:2\\n")
    file.flush()
    subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)
    sys.exit(subprocess.run([sys.executable, "-c", sys.argv[1]]).returncode)
"""
"""Runs a program where the only name server takes questions, and does not answer for a minute."""

ASKING = """
import asyncio
from chatbot.errors import ModelUnreachable
from chatbot.service.endpoints import Endpoint
from chatbot.service.exchange import Clocks, exchange

async def ask():
    clocks = Clocks(60.0, connect=0.5)
    try:
        await exchange(Endpoint("https://model.example/v1"), "GET", "/models", clocks=clocks, deadline=1e12)
    except ModelUnreachable as error:
        print(error.message)

asyncio.run(ask())
"""

A_MINUTE = 60.0
"""For which the name server keeps whoever waits for it."""


def test_a_program_ends_although_a_name_server_says_nothing(figure: Callable[[str], None]) -> None:
    made = subprocess.run(["unshare", "-rmn", "true"], capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip(f"no network of one's own can be made here: {made.stderr.strip()}")
    began = time.monotonic()
    command = ["unshare", "-rmn", sys.executable, "-c", SILENT, ASKING]
    straight = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(command, capture_output=True, text=True, env=straight)
    took = time.monotonic() - began
    figure(
        f"with a name server that says nothing for {A_MINUTE:g} s a program that waits 0.5 s ends after {took:.1f} s"
    )
    assert (done.stdout, done.stderr) == (
        "https://model.example/v1 cannot be reached: no connection within 0.5 s\n",
        "",
    )
    assert took < A_MINUTE


def test_a_host_has_its_addresses() -> None:
    found = asyncio.run(look_up("127.0.0.1", 80))
    assert [address for *_, address in found] == [("127.0.0.1", 80)]


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a" * 70 + ".example", "a..b"])
def test_a_host_that_is_none_is_an_error_of_the_system(host: str) -> None:
    with pytest.raises(OSError):
        asyncio.run(look_up(host, 80))
