"""A backup and its way back, which a crash may fall into, and what must be found of both workspaces afterwards.

Nothing that was there may be lost: neither the conversations that are backed up, nor those that a restore replaces.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from pathlib import Path

from chatbot.effects import Remember
from chatbot.journal import Journal
from chatbot.memory import Memory
from chatbot.messages import message
from chatbot.upkeep.backup import back_up
from chatbot.upkeep.restore import restore
from chatbot.workspace import Workspace, find_workspace

Told = Callable[[str], None]

PROMPTS = {"mine.prompty": "---\nname: mine\n---\nuser:\nHello é.\n", "yours.prompty": "Not a prompt yet.\n"}
CHANGED = "---\nname: mine\n---\nuser:\nGood evening.\n"


def prepare(folder: Path) -> None:
    """What there is before any of the changes: a workspace, its backup, a later state of it, and an empty one."""
    for name in ("shop", "later", "empty"):
        (folder / name).mkdir()
        (folder / name / "chatbot.toml").write_text("tools = []\n", encoding="utf-8")
    (folder / "shop" / "prompts").mkdir()
    for name, text in PROMPTS.items():
        (folder / "shop" / "prompts" / name).write_text(text, encoding="utf-8")
    _say(_workspace(folder, "shop"), "first")
    with closing(Memory(_workspace(folder, "shop").state / "memory.db")) as memory:
        memory.remember("Tea is preferred")
    back_up(_workspace(folder, "shop"), folder / "shop.zip")
    shutil.copytree(folder / "shop", folder / "later", dirs_exist_ok=True)
    _say(_workspace(folder, "later"), "second")
    (folder / "later" / "prompts" / "mine.prompty").write_text(CHANGED, encoding="utf-8")


def _workspace(folder: Path, name: str) -> Workspace:
    return find_workspace(folder / name, {})


def _say(workspace: Workspace, text: str) -> None:
    with closing(Journal(workspace.journal)) as journal:
        session = journal.create_session(text)
        journal.append(session, Remember(message("user", text, "user")), parent=None)


def _back_up(folder: Path, told: Told) -> None:
    back_up(_workspace(folder, "shop"), folder / "new.zip")
    told("back up")


def _restore(folder: Path, told: Told) -> None:
    restore(_workspace(folder, "empty"), folder / "shop.zip")
    told("restore")


def _replace(folder: Path, told: Told) -> None:
    restore(_workspace(folder, "later"), folder / "shop.zip", replace=True)
    told("replace")


def assert_survived(folder: Path, change: str, done: Collection[str]) -> None:
    """What was there before is there, and all that was said to be done."""
    _FOUND[change](folder, change in done)
    _assert_is_shop(_workspace(folder, "shop"))


def _said(path: Path) -> list[str]:
    """What the conversations of a journal say."""
    with closing(Journal(path)) as journal:
        journal.check()
        return sorted(stored.message.text for info in journal.sessions() for stored in journal.path(info.id))


def _prompts(workspace: Workspace) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in workspace.prompts.glob("*.prompty")}


def _assert_is_shop(workspace: Workspace) -> None:
    assert _said(workspace.journal) == ["first"]
    assert _prompts(workspace) == PROMPTS
    with closing(Memory(workspace.state / "memory.db")) as memory:
        assert [fact.text for fact in memory.facts()] == ["Tea is preferred"]


def _found_backup(folder: Path, done: bool) -> None:
    assert (folder / "new.zip").exists() or not done
    if (folder / "new.zip").exists():
        restore(_workspace(folder, "empty"), folder / "new.zip")
        _assert_is_shop(_workspace(folder, "empty"))
    else:
        back_up(_workspace(folder, "shop"), folder / "new.zip")
        assert not list(folder.glob(".new.zip*")), "conversations lie about in a place that nobody knows"


def _found_restored(folder: Path, done: bool) -> None:
    empty = _workspace(folder, "empty")
    if empty.journal.exists():
        assert _said(empty.journal) in (["first"], [])  # as it is restored, or as the program makes it
    assert _prompts(empty).items() <= PROMPTS.items()
    if not done:
        restore(empty, folder / "shop.zip", replace=True)
    _assert_is_shop(empty)


def _found_replaced(folder: Path, done: bool) -> None:
    later = _workspace(folder, "later")
    kept = [later.journal, *later.state.glob("journal.db.before-restore-?")]
    assert ["first", "second"] in [_said(path) for path in kept], "a conversation is lost"
    assert CHANGED in [path.read_text(encoding="utf-8") for path in later.prompts.iterdir()], "a prompt is lost"
    if not done:
        restore(later, folder / "shop.zip", replace=True)
    assert _said(later.journal) == ["first"]
    assert _prompts(later) == PROMPTS


CHANGES: Mapping[str, Callable[[Path, Told], None]] = {"back up": _back_up, "restore": _restore, "replace": _replace}

_FOUND: Mapping[str, Callable[[Path, bool], None]] = {
    "back up": _found_backup,
    "restore": _found_restored,
    "replace": _found_replaced,
}
