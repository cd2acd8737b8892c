"""A real browser for tests: Debian's Chromium without a window, driven by its DevTools protocol over two pipes.

    with Browser() as browser:
        page = browser.open(path, width=375)
        assert page.value("document.title") == "…"

A page keeps what its console said, what it threw, and each request that it made beside that for itself.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-pipe", "--proxy-server=127.0.0.1:9",
)  # fmt: skip

PATIENCE = 60
"""Seconds until a browser that says nothing has failed its test."""


@dataclass
class Page:
    """A page that is open."""

    browser: Browser
    session: str
    console: list[str] = field(default_factory=list)
    """What is wrong, as its console has it."""
    requests: list[str] = field(default_factory=list)
    """Addresses that it asked for, the page itself first."""

    def value(self, script: str) -> Any:
        """What an expression comes to; a promise is waited for."""
        done = self._call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in done:
            raise AssertionError(f"{script}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until an expression is true."""
        looking = f"if ({condition}) done(); else if (left) setTimeout(look, 20, left - 1); else failed('never true');"
        self.value(
            f"new Promise((done, failed) => {{ const look = (left) => {{ {looking} }}; look({PATIENCE * 50}); }})"
        )

    def press(self, key: str) -> None:
        """A key, as a keyboard sends it."""
        about = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " "), "ArrowRight": (39, "")}[key]
        given = {
            "key": key,
            "code": "Space" if key == " " else key,
            "windowsVirtualKeyCode": about[0],
            "text": about[1],
        }
        self._call("Input.dispatchKeyEvent", type="keyDown" if about[1] else "rawKeyDown", **given)
        self._call("Input.dispatchKeyEvent", type="keyUp", **{**given, "text": ""})

    def media(self, *, media: str = "", scheme: str = "light") -> None:
        """Shows the page as it is printed (`print`), or in another colour scheme."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._call("Emulation.setEmulatedMedia", media=media, features=features)

    def is_dark_in_the_dark(self) -> bool:
        """Whether a screen that is set to dark gets light ink on dark paper."""
        self.media(scheme="dark")
        shades = "['color', 'backgroundColor'].map((part) => getComputedStyle(document.body)[part])"
        ink, paper = ([int(part) for part in re.findall(r"\d+", shade)[:3]] for shade in self.value(shades))
        return max(paper) < 64 and min(ink) > 192

    def picture(self, path: Path, *, top: int = 0, height: int | None = None) -> None:
        """The page as PNG, also what is under the edge of the screen: all of it, or a part of its height."""
        wide, high = self.value("[document.documentElement.clientWidth, document.documentElement.scrollHeight]")
        part = {"x": 0, "y": top, "width": wide, "height": height or high - top, "scale": 1}
        shot = self._call("Page.captureScreenshot", captureBeyondViewport=True, clip=part)
        path.write_bytes(base64.b64decode(shot["data"]))

    def names(self) -> list[tuple[str, str]]:
        """Role and name of all that a screen reader meets, in its order."""
        nodes = self._call("Accessibility.getFullAXTree")["nodes"]
        return [
            (node["role"]["value"], str(node.get("name", {}).get("value", "")))
            for node in nodes
            if not node["ignored"] and "role" in node
        ]

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.call(method, self.session, **parameters)


class Browser:
    """A browser with a profile of its own, empty at the start and gone at the end."""

    def __init__(self) -> None:
        assert PROGRAM is not None
        self._profile = tempfile.TemporaryDirectory(prefix="browser", ignore_cleanup_errors=True)
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # the protocol's pipes are the browser's descriptors 3 and 4
        command = ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "browser", PROGRAM, *FLAGS]
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={self._profile.name}", "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._number, self._rest = 0, b""
        self._pages: dict[str, Page] = {}

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        os.close(self._in)
        os.close(self._out)
        self._profile.cleanup()

    def open(self, path: Path, *, width: int = 1280, height: int = 900) -> Page:
        """The page in a file, when it has loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable", session)
        phone = width < 600
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        self.call("Emulation.setDeviceMetricsOverride", session, **size)
        self.call("Page.navigate", session, url=path.as_uri())
        page.wait("document.readyState === 'complete'")
        return page

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """The answer to a call of the protocol; what happens meanwhile is kept with its page."""
        self._number += 1
        sent: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if session:
            sent["sessionId"] = session
        os.write(self._out, json.dumps(sent).encode() + b"\0")
        while True:
            came = self._next()
            if came.get("id") == self._number:
                if "error" in came:
                    raise AssertionError(f"{method}: {came['error']}")
                return dict(came["result"])
            self._note(came)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = os.read(self._in, 1 << 20)
            if not piece:
                raise AssertionError("the browser has gone")
            self._rest += piece
        message, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(message))

    def _note(self, came: Mapping[str, Any]) -> None:
        page, about = self._pages.get(came.get("sessionId", "")), came.get("params", {})
        if page is None:
            return
        match came["method"]:
            case "Network.requestWillBeSent":
                page.requests.append(about["request"]["url"])
            case "Runtime.exceptionThrown":
                page.console.append(str(about["exceptionDetails"]))
            case "Runtime.consoleAPICalled":
                page.console.append(str(about["args"]))
            case "Log.entryAdded":
                page.console.append(str(about["entry"]))
