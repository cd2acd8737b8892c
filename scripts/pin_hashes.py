"""Writes requirements.txt: every package that `make chat` installs, at the version that constraints.txt pins, with the
hashes of its wheels for all systems and Pythons, so that pip installs these very files or nothing.

    .venv/bin/python scripts/pin_hashes.py INDEX

INDEX is the address of a package index's simple pages, as pip is given it; it must answer in JSON (PEP 691). What needs
what is read from the packages that `make test` has installed. Only wheels are listed: what is built from source runs
code that no hash is known of.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from itertools import product
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from chatbot.service.trust import trust

ROOT = Path(__file__).parent.parent
PINS = ROOT / "constraints.txt"
HASHED = ROOT / "requirements.txt"
EXTRAS = ("documents",)
"""What `make chat` installs beside what every installation has."""

HEAD = f"""\
# What `make chat` installs, each with the hashes of its wheels: pip install --require-hashes -r {HASHED.name}
# Written by scripts/pin_hashes.py from constraints.txt.
--only-binary :all:
"""

JSON = "application/vnd.pypi.simple.v1+json"

SYSTEMS = {
    "linux": {"platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    "darwin": {"platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    "win32": {"platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

Environment = dict[str, str]


def environments() -> Iterator[Environment]:
    """Where the program is installed, as markers see it."""
    for (system, more), python in product(SYSTEMS.items(), PYTHONS):
        yield {"sys_platform": system, "python_version": python, "python_full_version": f"{python}.0", **more}


def pins(text: str) -> dict[str, str]:
    """The versions that a file of pins names, by package; hashes and options beside them are passed over."""
    return {canonicalize_name(name): version for name, version in re.findall(r"(?m)^([\w.-]+)==([\w.+!]+)", text)}


def declared(extras: Iterable[str] = EXTRAS) -> list[Requirement]:
    """What the project itself asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(each for extra in extras for each in project["optional-dependencies"][extra])]
    return [Requirement(each) for each in asked]


def needed(requirements: Iterable[Requirement], environment: Environment) -> set[str]:
    """The packages that are installed for these, and for what they need themselves."""
    found: set[tuple[str, str]] = set()
    todo = [(each, "") for each in requirements]
    while todo:
        requirement, extra = todo.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({**environment, "extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for asked in {"", *requirement.extras}:
            if (name, asked) not in found:
                found.add((name, asked))
                todo += [(Requirement(each), asked) for each in _requires(name)]
    return {name for name, _ in found}


def _requires(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # of another system; such packages need nothing
        return []


def marker(systems: Iterable[str]) -> str:
    """When a package is needed that only some systems need; empty for all."""
    some = sorted(systems)
    return "" if len(some) == len(SYSTEMS) else " ; " + " or ".join(f'sys_platform == "{each}"' for each in some)


def is_of_use(tags: Iterable[Tag]) -> bool:
    """Whether any Python that the program runs with can install a wheel with one of these tags."""
    return any(
        tag.interpreter in ("py3", *(f"cp{python.replace('.', '')}" for python in PYTHONS))
        or (tag.abi == "abi3" and re.fullmatch(r"cp3\d+", tag.interpreter))
        for tag in tags
    )


def hashes(index: str, name: str, version: str) -> list[str]:
    """The hashes of the wheels of a version, as the index states them."""
    address = f"{index.rstrip('/')}/{name}/"
    request = urllib.request.Request(address, headers={"Accept": JSON})  # noqa: S310  # given by hand
    with urllib.request.urlopen(request, context=trust(), timeout=60) as answer:  # noqa: S310
        page = json.load(answer)
    found = []
    for file in page["files"]:
        if not file["filename"].endswith(".whl") or file.get("yanked"):
            continue
        try:
            _, of, _, tags = parse_wheel_filename(file["filename"])
        except InvalidWheelFilename:  # of old versions
            continue
        if str(of) == version and is_of_use(tags):
            found.append(file["hashes"]["sha256"])
    if not found:
        raise SystemExit(f"the index has no wheel of {name} {version}")
    return sorted(found)


def main(index: str) -> None:
    systems: dict[str, set[str]] = {}
    for environment in environments():
        for name in needed(declared(), environment):
            systems.setdefault(name, set()).add(environment["sys_platform"])
    versions: Mapping[str, str] = pins(PINS.read_text(encoding="utf-8"))
    if unpinned := sorted(systems.keys() - versions.keys()):
        raise SystemExit(f"{PINS.name} does not pin {', '.join(unpinned)}")
    lines = []
    for name in sorted(systems):
        listed = " \\\n".join(f"    --hash=sha256:{each}" for each in hashes(index, name, versions[name]))
        lines.append(f"{name}=={versions[name]}{marker(systems[name])} \\\n{listed}\n")
    HASHED.write_text(HEAD + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
