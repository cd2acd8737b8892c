"""`chatbot index --watch`: the index follows the documents until Ctrl-C."""

from __future__ import annotations

import sys
from pathlib import Path

import pexpect

CHATBOT = str(Path(sys.executable).parent / "chatbot")


def test_the_index_follows_the_documents_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    documents = tmp_path / "knowledge"
    documents.mkdir()
    (tmp_path / "chatbot.toml").write_text('model = "extractive"\n')
    (documents / "a.md").write_text("# A\n\nOne.\n")
    program = pexpect.spawn(
        CHATBOT, ["index", "--watch"], cwd=str(tmp_path), encoding="utf-8", codec_errors="replace", timeout=90
    )

    program.expect("following .*knowledge")
    program.expect("1 documents, 1 passages: 1 added")
    (documents / "b.md").write_text("# B\n\nTwo.\n")
    program.expect("2 documents, 2 passages: 1 added, 0 updated, 0 removed, 1 unchanged")
    documents.rename(tmp_path / "away")
    program.expect("there are no documents at")
    (tmp_path / "away").rename(documents)
    program.expect("2 documents, 2 passages: 0 added")
    program.sendintr()
    program.expect("no longer following")
    program.expect(pexpect.EOF)
    program.close()
    assert program.exitstatus == 0
