from pathlib import Path, PurePosixPath

import pytest

from chatbot.errors import ToolError
from chatbot.tools.workspace_files import WorkspaceFiles

HIDDEN = (
    *(".env", ".git/config", ".chatbot/journal.db", "sub/.hidden/notes.md", "prod.env", "app.env.local", "PROD.ENV"),
    *("server.pem", "Server.Key", "id_rsa", "id_ed25519.old", "aws-credentials.csv", "secrets.toml", "secrets/plan.md"),
    *("passwords.txt", "store.kdbx", "service-account-7.json", "terraform.tfstate.backup"),
)
SHOWN = (
    "notes.md",
    "sub/deep/plan.txt",
    "environment.md",
    "keynote.md",
    "sub/key.md",
    "secretary.md",
    "password-rules.md",
    "a.b.c",
)


@pytest.fixture
def files(tmp_path: Path) -> WorkspaceFiles:
    for path in (*HIDDEN, *SHOWN):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path, encoding="utf-8")
    return WorkspaceFiles(tmp_path, tmp_path / ".chatbot")


def read(files: WorkspaceFiles, path: str) -> str:
    with files.open(path)[0] as file:
        return file.read().decode()


def names(files: WorkspaceFiles, folder: str = "") -> list[str]:
    return [path.as_posix() for path, _ in files.walk(folder)]


@pytest.mark.parametrize("path", HIDDEN)
def test_hidden_files_and_keys_are_not_read(files: WorkspaceFiles, path: str) -> None:
    with pytest.raises(ToolError, match="may not be read"):
        files.open(path)


def test_what_is_hidden_is_not_read_through_a_link_either(files: WorkspaceFiles) -> None:
    (files.root / "innocent.md").symlink_to(".env")
    (files.root / "innocent").symlink_to(".git")
    for path in ("innocent.md", "innocent/config"):
        with pytest.raises(ToolError, match="may not be read"):
            files.open(path)
    assert not {"innocent.md", "innocent/config"} & set(names(files))


@pytest.mark.parametrize("path", SHOWN)
def test_all_other_files_are_read(files: WorkspaceFiles, path: str) -> None:
    assert read(files, path) == path


def test_a_walk_shows_what_can_be_read_and_nothing_else(files: WorkspaceFiles) -> None:
    (files.root / "link.md").symlink_to("sub/key.md")
    (files.root / "circle").symlink_to(".")
    (files.root / "away").symlink_to(files.root.parent)
    assert sorted(names(files)) == sorted([*SHOWN, "link.md"])
    assert names(files, "sub") == ["sub/key.md", "sub/deep/plan.txt"]


def test_sizes_are_those_of_the_files(files: WorkspaceFiles) -> None:
    (files.root / "link.md").symlink_to("notes.md")
    sizes = dict(files.walk())
    assert sizes[PurePosixPath("notes.md")] == sizes[PurePosixPath("link.md")] == len("notes.md")


def test_the_programs_own_folder_is_hidden_wherever_it_lies(files: WorkspaceFiles) -> None:
    (files.root / "State").mkdir()
    (files.root / "State" / "journal.db").touch()
    own = WorkspaceFiles(files.root, files.root / "State")
    for path in ("State/journal.db", "State"):
        with pytest.raises(ToolError, match="may not be read"):
            own.open(path)
    assert own.is_hidden(PurePosixPath("state/journal.db")), "as file systems have it that know no case"
    assert "State/journal.db" not in names(own)


def test_users_hide_files_of_their_own(files: WorkspaceFiles) -> None:
    hiding = WorkspaceFiles(files.root, files.state, ("KeyNote.md", "sub/deep/*"))
    assert not {"keynote.md", "sub/deep/plan.txt"} & set(names(hiding))
    for path in ("keynote.md", "sub/deep/plan.txt"):
        with pytest.raises(ToolError, match="may not be read"):
            hiding.open(path)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a\0b", "\ud800", "sub/../../x", "a" * 5_000])
def test_what_is_no_path_in_the_workspace_is_refused_in_one_line(files: WorkspaceFiles, path: str) -> None:
    with pytest.raises(ToolError) as caught:
        files.open(path)
    assert str(files.root) not in str(caught.value), "where the workspace lies is nobody's business"
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nothing.md", "there is no file 'nothing.md' (list_files tells what there is)"),
        ("notes.md/x", "there is no file 'notes.md/x' (list_files tells what there is)"),
        ("sub", "'sub' is a folder (list_files tells what is in it)"),
        ("", "'' is a folder (list_files tells what is in it)"),
    ],
)
def test_what_is_not_there_is_said(files: WorkspaceFiles, path: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        files.open(path)
    assert str(caught.value) == said


@pytest.mark.parametrize("folder", ["nowhere", "notes.md", "../", ".git", "a\0"])
def test_what_is_no_folder_is_not_walked(files: WorkspaceFiles, folder: str) -> None:
    with pytest.raises(ToolError):
        names(files, folder)
