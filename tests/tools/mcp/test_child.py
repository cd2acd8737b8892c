import subprocess
import sys
import time
from pathlib import Path

import pytest

from chatbot.errors import ToolError
from chatbot.tools.mcp import Server
from chatbot.tools.mcp.child import StandardError, environment


def test_a_child_is_given_what_is_named_and_nothing_else() -> None:
    ours = {"ROOT": "/srv", "API_KEY": "canary", "PATH": "/bin"}
    assert environment(Server("files", ("x",), env=("ROOT",)), ours) == {"ROOT": "/srv"}


def test_a_variable_that_is_missing_is_named() -> None:
    with pytest.raises(ToolError, match="needs the variable ROOT"):
        environment(Server("files", ("x",), env=("ROOT",)), {})


def test_the_end_of_standard_error_is_kept_on_one_line_and_harmless() -> None:
    said = StandardError()
    program = "import sys; sys.stderr.write('x' * 100_000 + '\\x1b[31m\\nthe disk\\n is full\\n')"
    subprocess.run([sys.executable, "-c", program], stderr=said.file, check=True)
    said.close()
    deadline = time.monotonic() + 30
    while "full" not in said.end and time.monotonic() < deadline:
        time.sleep(0.01)
    assert said.end.endswith("x⟨U+001B⟩[31m the disk is full")
    assert len(said.end) <= 400


def test_nothing_stays_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        StandardError().close()
    deadline = time.monotonic() + 30
    while len(list(Path("/proc/self/fd").iterdir())) > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
