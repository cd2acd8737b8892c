"""What is installed: pinned, with hashes, and each direct dependency with its reason."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pin_hashes
import pytest
from packaging.requirements import Requirement
from packaging.tags import parse_tag

ROOT = Path(__file__).parent.parent
HASHED = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PINNED = pin_hashes.pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))


def test_both_files_name_the_same_versions() -> None:
    """Else `scripts/pin_hashes.py` has not been run since constraints.txt changed."""
    hashed = pin_hashes.pins(HASHED)
    assert hashed == {name: PINNED[name] for name in hashed}


@pytest.mark.parametrize("environment", [*pin_hashes.environments()], ids=lambda each: "-".join([*each.values()][:2]))
def test_all_that_is_installed_has_hashes_on_every_system(environment: dict[str, str]) -> None:
    lines = [Requirement(line.removesuffix(" \\")) for line in HASHED.splitlines() if re.match(r"\S+==", line)]
    listed = {each.name for each in lines if each.marker is None or each.marker.evaluate({**environment})}
    assert listed == pin_hashes.needed(pin_hashes.declared(), environment)


def test_every_package_has_hashes_and_nothing_says_where_it_comes_from() -> None:
    blocks = re.split(r"(?m)^(?=\S+==)", HASHED.partition(":all:\n")[2])[1:]
    assert len(blocks) == len(pin_hashes.pins(HASHED)) > 40
    for block in blocks:
        assert re.fullmatch(r"\S+==\S+( ; sys_platform == \"\w+\")?( \\\n    --hash=sha256:[0-9a-f]{64})+\n", block)
    assert "://" not in HASHED


def test_all_that_the_project_may_be_built_with_is_pinned() -> None:
    extras = ("local", "langchain", "eval", "mcp", "huggingface", "documents")
    asked = {pin_hashes.canonicalize_name(each.name) for each in pin_hashes.declared(extras)}
    assert asked - PINNED.keys() == {"torch"}  # whose build is for the machine to choose


def test_each_direct_dependency_has_its_reason() -> None:
    reasons = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    direct = [each.name for each in pin_hashes.declared(())]
    assert [name for name in direct if not re.search(rf"(?m)^\| {re.escape(name)} \|", reasons)] == []
    assert len(direct) <= 16, "see `Dependencies` in CONTRIBUTING.md"


@pytest.mark.parametrize(
    ("tag", "of_use"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("cp311-cp311-win_amd64", True),
        ("cp38-abi3-macosx_11_0_arm64", True),
        ("cp310-cp310-manylinux_2_28_x86_64", False),
        ("py2-none-any", False),
        ("pp311-pypy311_pp73-win_amd64", False),
    ],
)
def test_wheels_are_listed_that_a_python_of_ours_can_install(tag: str, of_use: bool) -> None:
    assert pin_hashes.is_of_use(parse_tag(tag)) == of_use


@pytest.fixture
def index() -> Iterator[str]:
    """An index of one package."""
    names = [
        "a-1.0-py3-none-any.whl",
        "a-1.0-cp27-cp27m-win32.whl",
        "a-1.0.tar.gz",
        "a-2.0-py3-none-any.whl",
        "a-x.whl",
    ]
    files = [{"filename": name, "hashes": {"sha256": name}, "yanked": False} for name in names]
    files.append({"filename": "a-1.0-cp312-abi3-any.whl", "hashes": {"sha256": "withdrawn"}, "yanked": "broken"})

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name for it
            self.send_response(200 if self.path == "/simple/a/" else 404)
            self.end_headers()
            self.wfile.write(json.dumps({"files": files}).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


def test_hashes_are_those_of_the_wheels_of_one_version(index: str) -> None:
    assert pin_hashes.hashes(index, "a", "1.0") == ["a-1.0-py3-none-any.whl"]
    with pytest.raises(SystemExit, match="no wheel of a 3"):
        pin_hashes.hashes(index, "a", "3.0")
