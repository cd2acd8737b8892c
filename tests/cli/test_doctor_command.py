"""`chatbot doctor --repair`, `backup` and `restore`, as a person and a script use them."""

from __future__ import annotations

import json
from pathlib import Path

from in_process import Run

from chatbot.effects import Remember
from chatbot.journal import Journal
from chatbot.messages import message


def talk(folder: Path) -> Path:
    """A journal of some pages."""
    path = folder / ".chatbot" / "journal.db"
    journal = Journal(path)
    for number in range(30):
        session = journal.create_session(f"about {number}")
        journal.append(session, Remember(message("user", f"question {number} " * 60, "user")), parent=None)
    journal.close()
    return path


def test_damage_is_said_mended_and_told_and_the_exit_code_says_which(folder: Path, here: Run) -> None:
    path = talk(folder)
    assert here("doctor").returncode == 0
    content = bytearray(path.read_bytes())
    content[-4096:] = bytes(4096)
    path.write_bytes(content)

    found = here("doctor")
    assert found.returncode == 1
    [line] = [line for line in found.stdout.splitlines() if line.startswith("FAIL")]
    assert "journal.db" in line and "the file is damaged" in line and "doctor --repair" in line

    mended = here("doctor", "--repair")
    assert mended.returncode == 0, mended.stdout
    assert "the damaged file was kept as" in mended.stdout and "lost:" in mended.stdout
    assert path.with_name("journal.db.damaged-1").read_bytes() == bytes(content)
    assert here("doctor").returncode == 0
    listed = json.loads(here("sessions", "list", "--json").stdout)
    assert 20 < len(listed) <= 30


def test_a_workspace_goes_to_a_file_and_comes_back(folder: Path, here: Run) -> None:
    path = talk(folder)
    before = here("sessions", "list", "--json").stdout
    kept = here("backup", "all.zip")
    assert kept.returncode == 0 and "state/journal.db" in kept.stdout and "kept in all.zip" in kept.stdout
    again = here("backup", "all.zip")
    assert again.returncode == 2 and "all.zip is there already" in again.stderr and again.stderr.count("\n") == 1

    path.unlink()
    assert json.loads(here("sessions", "list", "--json").stdout) == []
    refused = here("restore", "all.zip")
    assert refused.returncode == 2 and "would be replaced" in refused.stderr and "--replace" in refused.stderr
    restored = here("restore", "all.zip", "--replace")
    assert restored.returncode == 0 and f"restored {path}; what was there is {path}.before-restore-1" in restored.stdout
    assert here("sessions", "list", "--json").stdout == before

    missing = here("restore", "none.zip")
    assert missing.returncode == 2 and "none.zip cannot be restored" in missing.stderr
