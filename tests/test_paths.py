import itertools
import os
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from chatbot.errors import ProjectError
from chatbot.paths import entries_inside, inside, open_and_look_again, open_inside

OUTSIDE = b"the password is swordfish"
"""What lies outside of the root, under every name that could be reached."""

NAMES = ("secret.txt", "notes.txt", "passwd", "sub")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with files, and beside it folders whose names begin like its own."""
    for folder in ("outside", "root-2", "root2", "Root"):
        (tmp_path / folder).mkdir()
        for name in NAMES:
            (tmp_path / folder / name).write_bytes(OUTSIDE)
    for name in NAMES:
        (tmp_path / name).write_bytes(OUTSIDE)
    inner = tmp_path / "root"
    (inner / "sub" / "deep").mkdir(parents=True)
    for place in (inner, inner / "sub", inner / "sub" / "deep"):
        (place / "notes.txt").write_bytes(b"inside")
    return inner


def hostile(root: Path) -> list[str]:
    """400 paths that try to get out, to what lies beside the root or to what every system has."""
    ups = ["..", "../..", "../../..", "sub/../..", "sub/deep/../../..", "./..", ".//..", "sub/./../..", "nowhere/../.."]
    targets = ["secret.txt", "outside/secret.txt", "root-2/notes.txt", "root2/notes.txt", "Root/secret.txt", ""]
    paths = [f"{up}/{target}" for up in ups for target in targets]
    paths += [path.replace("/", "\\") for path in paths]
    paths += [path.replace("..", dots) for path in paths[:54] for dots in ("%2e%2e", "．．", "..;", ".. ")]
    whole = [str(root.parent / target) for target in targets if target]
    whole += [
        "/etc/passwd",
        "/etc/shadow",
        "/proc/self/environ",
        "/proc/1/cwd/etc/passwd",
        "/dev/stdin",
        "/dev/fd/0",
    ]
    paths += [lead + path for path in whole for lead in ("", "/", "//", "file://", "file:", "\\\\?\\", "C:", "~", " ")]
    paths += [
        "\0",
        "notes.txt\0.md",
        "../secret.txt\0",
        "\ud800",
        "a" * 5_000,
        "a/" * 3_000,
        "~/.ssh/id_rsa",
        "$HOME/x",
    ]
    paths += [
        "CON",
        "NUL",
        "aux.txt",
        "notes.txt::$DATA",
        "C:notes.txt",
        "\\\\server\\share\\x",
        "//server/share/x",
        "-rf",
    ]
    return list(dict.fromkeys(paths))[:400]


def situations(root: Path) -> Iterator[str]:
    """What is done around the root before each round of attempts: nothing, and links of three kinds."""
    yield "as it is"
    (root / "nowhere").symlink_to(root.parent / "outside")
    (root / "link.txt").symlink_to(root.parent / "secret.txt")
    yield "links that lead out"
    (root / "sub" / "up").symlink_to("../..")
    (root / "%2e%2e").symlink_to("..")
    (root / "．．").symlink_to("..")
    yield "links that lead up"
    (root / "first").symlink_to("second")
    (root / "second").symlink_to(root.parent)
    yield "links to links"


def read(root: Path, path: str) -> bytes:
    try:
        with open_inside(root, path) as file:
            return file.read()
    except (ProjectError, OSError):
        return b""


def test_no_hostile_path_leads_out(root: Path) -> None:
    paths = hostile(root)
    assert len(paths) == 400
    tried = 0
    for _ in situations(root):
        links = ["nowhere", "link.txt", "sub/up", "%2e%2e", "．．", "first", "second", "second/outside"]
        for path in [*paths, *links, *(f"{link}/{name}" for link in links for name in NAMES)]:
            assert read(root, path) in (b"", b"inside"), path
            with suppress(ProjectError):
                assert inside(root, path).is_relative_to(root.resolve())
            tried += 1
    assert tried >= 1_600


def test_honest_paths_lead_to_their_files_through_links_too(root: Path) -> None:
    (root / "link.txt").symlink_to("sub/notes.txt")
    (root / "folder").symlink_to("sub/deep")
    for path in (
        "notes.txt",
        "./sub/../notes.txt",
        "sub//deep/notes.txt",
        "link.txt",
        "folder/notes.txt",
        "folder/../notes.txt",
    ):
        assert read(root, path) == b"inside", path


def test_a_root_that_is_a_link_is_the_folder_it_leads_to(root: Path) -> None:
    (root.parent / "alias").symlink_to(root)
    assert read(root.parent / "alias", "sub/notes.txt") == b"inside"


def test_a_circle_of_links_is_refused(root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    with pytest.raises((ProjectError, OSError)):
        open_inside(root, "a")
    with pytest.raises(ProjectError):
        inside(root, "a/x")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names")
def test_what_is_no_file_is_refused_at_once(root: Path) -> None:
    os.mkfifo(root / "pipe")
    for path in ("pipe", "sub", ""):
        with pytest.raises(ProjectError, match="not a file"):
            open_inside(root, path)


def test_the_entries_of_a_folder_come_by_name_and_links_as_links(root: Path) -> None:
    (root / "away").symlink_to(root.parent)
    assert [(entry.name, entry.kind) for entry in entries_inside(root, "")] == [
        ("away", "link"),
        ("notes.txt", "file"),
        ("sub", "folder"),
    ]
    with pytest.raises(ProjectError):
        entries_inside(root, "away")


@contextmanager
def repeated(*steps: Callable[[], object]) -> Iterator[None]:
    """While it lasts, a thread does these steps in turn, as fast as it can."""
    done = threading.Event()

    def repeat() -> None:
        for step in itertools.cycle(steps):
            step()
            if done.is_set() and step is steps[-1]:
                return

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def race(root: Path, rounds: int) -> None:
    """Reads a file and through a folder, each of which is in turn itself and a link that leads out."""
    file, folder, away = root / "file.txt", root / "folder", root / "away"
    real, link = root / "real", root / "link"
    file.write_bytes(b"inside")
    shutil.copytree(root / "sub", folder)
    exchange_file = (
        lambda: link.symlink_to(root.parent / "secret.txt"),
        lambda: link.replace(file),
        lambda: real.write_bytes(b"inside"),
        lambda: real.replace(file),
    )
    exchange_folder = (
        lambda: folder.rename(away),
        lambda: folder.symlink_to(root.parent / "outside"),
        folder.unlink,
        lambda: away.rename(folder),
    )
    seen = Counter[bytes]()
    choose = random.Random(34)
    with repeated(*exchange_file), repeated(*exchange_folder):
        until = time.monotonic() + 60  # for the threads to come in between, on a busy machine
        while seen.total() < rounds or (len(seen) < 2 and time.monotonic() < until):
            found = read(root, choose.choice(["file.txt", "folder/notes.txt"]))
            assert found in (b"", b"inside"), "read what lies outside"
            seen[found] += 1
            with suppress(ProjectError, OSError):
                assert {entry.name for entry in entries_inside(root, "folder")} == {"notes.txt", "deep"}
    assert seen[b""] and seen[b"inside"], "the links were swapped while reading"


def test_no_link_swapped_in_time_leads_out(root: Path) -> None:
    race(root, 500)


@pytest.mark.slow
def test_no_link_swapped_in_time_leads_out_in_10000_races(root: Path) -> None:
    race(root, 10_000)


def test_a_folder_exchanged_for_a_link_between_look_and_open_is_not_entered(root: Path) -> None:
    """The one moment that counts, without chance: the look has been, the exchange comes, then the opening."""
    from chatbot import paths

    if not paths._HAS_OPENAT:
        pytest.skip("names are not opened relative to folders here")
    looked = inside(root, "sub/notes.txt").relative_to(root.resolve()).parts
    (root / "sub").rename(root / "was-sub")
    (root / "sub").symlink_to(root.parent / "outside")
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        paths._descend(root.resolve(), looked)


def test_where_names_are_not_opened_relative_to_folders_the_path_is_looked_at_again(root: Path) -> None:
    os.close(open_and_look_again(root.resolve() / "sub" / "notes.txt"))
    looked = inside(root, "sub/notes.txt")
    (root / "sub").rename(root / "was-sub")
    (root / "sub").symlink_to(root.parent / "outside")
    with pytest.raises(OSError, match="it was exchanged while it was opened"):
        open_and_look_again(looked)
    looked = inside(root, "notes.txt")
    (root / "notes.txt").unlink()
    (root / "notes.txt").symlink_to(root.parent / "secret.txt")
    with pytest.raises(OSError, match="it was exchanged while it was opened"):
        open_and_look_again(looked)
