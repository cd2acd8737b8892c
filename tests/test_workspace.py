from pathlib import Path

import pytest

from chatbot.errors import ProjectError, UsageError
from chatbot.workspace import Settings, checked, create_workspace, find_workspace, starter_root


def workspace_with(folder: Path, settings: str) -> Path:
    (folder / "chatbot.toml").write_text(settings, encoding="utf-8")
    return folder


def test_the_nearest_folder_upward_with_settings_is_the_workspace(tmp_path: Path) -> None:
    workspace_with(tmp_path, "")
    inner = tmp_path / "knowledge" / "deep"
    inner.mkdir(parents=True)

    found = find_workspace(inner, {})

    assert found.root == tmp_path.resolve()
    assert found.state == tmp_path.resolve() / ".chatbot"
    assert not found.starter


def test_outside_of_a_workspace_the_starter_serves_and_the_users_state_folder_is_written_to(tmp_path: Path) -> None:
    found = find_workspace(tmp_path, {})

    assert found.starter
    assert found.root == starter_root()
    assert not found.state.is_relative_to(found.root)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    workspace_with(tmp_path, 'model = "extractive"\npassages = 3\n')

    settings = find_workspace(
        tmp_path, {"CHATBOT_MODEL": "ollama:x", "CHATBOT_TOOLS": "calculate, current_time"}
    ).settings

    assert settings == Settings(model="ollama:x", passages=3, tools=("calculate", "current_time"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('modle = "x"', "did you mean 'model'"),
        ("model = 3", "model is 3, not a string"),
        ('tools = "calculate"', "not a list of strings"),
        ("passages = -1", "not a positive number"),
        ("passages = true", "not a positive number"),
        ("model = \n", "line 1"),
        ("policy = 3", "policy is 3, not a table"),
        ("[mcp]\nfiles = 'npx files'", "mcp.files is 'npx files', not a table (write [mcp.files])"),
        ("[tool_option.run_sql]", "did you mean 'tool_options'"),
    ],
)
def test_a_mistake_in_the_settings_is_named_with_its_file(tmp_path: Path, settings: str, said: str) -> None:
    workspace_with(tmp_path, settings)

    with pytest.raises(ProjectError) as caught:
        find_workspace(tmp_path, {})

    assert said in str(caught.value)
    assert str(tmp_path / "chatbot.toml") in str(caught.value)


def test_tables_are_read_only_throughout(tmp_path: Path) -> None:
    workspace_with(
        tmp_path,
        '[tool_options.run_sql]\ndatabase = "a.db"\n[mcp.files]\nargs = ["-y"]\nenv = {HOME = "x"}\n[policy]\n',
    )

    settings = find_workspace(tmp_path, {"CHATBOT_POLICY": "allow everything"}).settings

    assert settings.tool_options == {"run_sql": {"database": "a.db"}}
    assert settings.mcp == {"files": {"args": ("-y",), "env": {"HOME": "x"}}}
    assert settings.policy == {}
    for table in (settings.tool_options, settings.tool_options["run_sql"], settings.mcp["files"]["env"]):
        with pytest.raises(TypeError):
            table["new"] = {}  # type: ignore[index]  # that is the point


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hots": ["a"]}, "here: unknown setting 'hots' (did you mean 'hosts'?)"),
        ({"hosts": [1]}, "hosts is [1], not a list of strings"),
        ({"on": 1}, "on is 1, not true or false"),
        ({"rows": 0}, "rows is 0, not a positive number"),
    ],
)
def test_a_table_is_checked_against_the_defaults_of_its_keys(given: dict[str, object], said: str) -> None:
    with pytest.raises(ProjectError) as caught:
        checked(given, {"hosts": (), "on": False, "rows": 100}, where="here")

    assert said in str(caught.value)


def test_a_number_in_the_environment_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="CHATBOT_PASSAGES is 'many', not a number"):
        find_workspace(tmp_path, {"CHATBOT_PASSAGES": "many"})
    with pytest.raises(ProjectError, match="CHATBOT_ROUNDS is -1, not a positive number"):
        find_workspace(tmp_path, {"CHATBOT_ROUNDS": "-1"})
    with pytest.raises(ProjectError, match="CHATBOT_TURN_SECONDS is nan, not a positive number"):
        find_workspace(tmp_path, {"CHATBOT_TURN_SECONDS": "nan"})


@pytest.mark.parametrize("knowledge", ["../elsewhere", "a/../../b"])
def test_knowledge_that_leads_out_of_the_workspace_is_refused(tmp_path: Path, knowledge: str) -> None:
    workspace_with(tmp_path, f'knowledge = "{knowledge}"')

    with pytest.raises(ProjectError, match="leads out of"):
        find_workspace(tmp_path, {})


def test_a_link_that_leads_out_of_the_workspace_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    root.mkdir()
    (tmp_path / "secret").mkdir()
    (root / "knowledge").symlink_to(tmp_path / "secret")
    workspace_with(root, "")

    with pytest.raises(ProjectError, match="leads out of"):
        find_workspace(root, {})


def test_two_folders_of_one_name_have_two_indexes(tmp_path: Path) -> None:
    workspace = find_workspace(workspace_with(tmp_path, ""), {})

    assert workspace.index_of(tmp_path / "a" / "docs") != workspace.index_of(tmp_path / "b" / "docs")


def test_a_new_workspace_holds_the_starters_prompts_and_documents(tmp_path: Path) -> None:
    made = create_workspace(tmp_path / "mine")

    assert not made.starter
    assert (made.prompts / "chat.prompty").is_file()
    assert {page.name for page in made.knowledge.iterdir()} == {
        page.name for page in (starter_root() / "knowledge").iterdir()
    }


def test_a_workspace_is_never_made_over_existing_files(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")

    with pytest.raises(UsageError, match="is not empty"):
        create_workspace(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
