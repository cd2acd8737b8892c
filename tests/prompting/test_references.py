from collections.abc import Callable
from pathlib import Path

import pytest

from chatbot.errors import PromptError
from chatbot.prompting import Prompt


def test_a_value_can_come_from_the_environment(
    make_prompt: Callable[..., Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_MODEL", "gpt-x")
    assert make_prompt("", frontmatter="model: ${env:MY_MODEL}\n").model == "gpt-x"
    assert make_prompt("", frontmatter="model: ${env:NOT_SET:a:b}\n").model == "a:b"
    assert make_prompt("", frontmatter='description: "${env:NOT_SET:}"\n').description == ""


def test_a_variable_that_is_not_set_is_named_with_its_line(make_prompt: Callable[..., Prompt]) -> None:
    with pytest.raises(PromptError, match=r":3: the environment variable 'NOT_SET' is not set"):
        make_prompt("", frontmatter="name: x\nmodel: ${env:NOT_SET}\n")


def test_a_reference_must_be_the_whole_value(make_prompt: Callable[..., Prompt]) -> None:
    with pytest.raises(PromptError, match="whole value"):
        make_prompt("", frontmatter="model: gpt-${env:SIZE:4}\n")


def test_demonstrations_can_come_from_a_file_and_change_the_hash(
    tmp_path: Path, make_prompt: Callable[..., Prompt]
) -> None:
    inputs = "shots: {kind: array, default: '${file:examples/shots.json}'}"
    body = "{% for shot in shots %}{{ shot.q }}{% endfor %}"
    shots = tmp_path / "examples" / "shots.json"
    shots.parent.mkdir()
    shots.write_text('[{"q": "one"}, {"q": "two"}]', encoding="utf-8")
    first = make_prompt(body, inputs=inputs)
    assert first.render()[0].text == "onetwo"
    assert first.render()[0].origins == {"author"}
    shots.write_text('[{"q": "three"}]', encoding="utf-8")
    assert make_prompt(body, inputs=inputs).hash != first.hash


def test_yaml_is_parsed_and_other_files_are_text(tmp_path: Path, make_prompt: Callable[..., Prompt]) -> None:
    (tmp_path / "data.yaml").write_text("- 1\n- 2\n", encoding="utf-8")
    (tmp_path / "rules.txt").write_text("Be ${env:HOME} brief.", encoding="utf-8")
    prompt = make_prompt(
        "{{ rules }}{{ numbers | length }}",
        inputs="rules: {kind: string, default: '${file:rules.txt}'}\n"
        "numbers: {kind: array, default: '${file:data.yaml}'}",
    )
    assert prompt.render()[0].text == "Be ${env:HOME} brief.2"


@pytest.mark.parametrize(
    "target", ["../outside.txt", "/etc/hostname", "link.txt", "folder/../../outside.txt", "link/x.txt"]
)
def test_no_reference_leads_out_of_the_prompts_folder(tmp_path: Path, target: str) -> None:
    outside, folder = tmp_path / "outside.txt", tmp_path / "prompts"
    outside.write_text("secret", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.txt").write_text("secret", encoding="utf-8")
    (folder / "folder").mkdir(parents=True)
    (folder / "link.txt").symlink_to(outside)
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    path = folder / "p.prompty"
    path.write_text(f"---\ndescription: ${{file:{target}}}\n---\n", encoding="utf-8")
    with pytest.raises(PromptError, match=r"p\.prompty:2: ") as caught:
        Prompt.load(path)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path, make_prompt: Callable[..., Prompt]) -> None:
    with pytest.raises(PromptError, match=r":2: none\.txt cannot be read: No such file"):
        make_prompt("", frontmatter="description: ${file:none.txt}\n")
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    with pytest.raises(PromptError, match=r":2: bad\.json cannot be parsed"):
        make_prompt("", frontmatter="description: ${file:bad.json}\n")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bomb.yaml", "a: &a [x, x]\nb: [*a, *a, *a]\n", r"bomb\.yaml:1: YAML aliases"),
        ("twice.yml", "a: 1\na: 2\n", r"twice\.yml:2: 'a' is given twice"),
        ("deep.json", "[" * 100_000, r"made\.prompty:2: deep\.json is nested too deeply"),
        ("long.txt", "x" * 1_000_001, r"made\.prompty:2: long\.txt is longer than 1,000,000 bytes"),
        ("latin.txt", b"caf\xe9", r"made\.prompty:2: latin\.txt cannot be parsed"),
    ],
)
def test_a_file_that_could_cost_too_much_is_refused(
    tmp_path: Path, make_prompt: Callable[..., Prompt], name: str, content: str | bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(PromptError, match=rf"^{tmp_path}/{said}"):
        make_prompt("", frontmatter=f"description: ${{file:{name}}}\n")


def test_credentials_are_never_fetched(make_prompt: Callable[..., Prompt], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "sk-123")
    prompt = make_prompt("", frontmatter="model: {id: m, connection: {kind: key, apiKey: '${env:SECRET_KEY}'}}\n")
    assert "sk-123" not in repr(prompt)
