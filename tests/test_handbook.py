"""The handbook that comes with the program: whole, sourced, each page worth indexing, and its manual true."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import click
import pytest
from starter import copy_index

from chatbot import Chatbot
from chatbot.cli.commands import COMMANDS as SLASH_COMMANDS
from chatbot.cli.commands import SETTINGS as SET_IN_CHAT
from chatbot.cli.program import COMMANDS, program
from chatbot.evaluation.scoring.registry import KINDS
from chatbot.evaluation.suite import read_suite
from chatbot.models.connect import SPECS
from chatbot.models.local.options import LocalOptions
from chatbot.retrieval.formats.table_of_formats import FORMATS
from chatbot.sampling_names import BY_NAME
from chatbot.tools import BUILT_IN, Place, built_in_tools
from chatbot.tools.mcp import read_servers
from chatbot.tools.policy_settings import policy_of
from chatbot.workspace import Settings, create_workspace, find_workspace

KNOWLEDGE = Path(__file__).parents[1] / "knowledge"
PAGES = {page.stem: page.read_text(encoding="utf-8") for page in sorted(KNOWLEDGE.glob("*.md"))}

SUBJECTS = {
    "text-generation": "autoregressi, softmax, token, greedy",
    "decoding-strategies": "greedy, beam search, temperature, top-k, nucleus, contrastive search, repetition penalty",
    "pre-training": "masked language modelling, causal language modelling",
    "fine-tuning": "supervised fine-tuning, instruction tuning, catastrophic forgetting",
    "lora-and-adapters": "LoRA, QLoRA, adapter",
    "preference-learning": "reward model, Bradley-Terry, PPO, KL, DPO, RLAIF",
    "prompting": "zero-shot, one-shot, few-shot",
    "chain-of-thought": "chain of thought, self-consistency, tree of thoughts, ReAct",
    "automatic-prompt-engineering": "APE, OPRO",
    "retrieval-augmented-generation": "retrieval-augmented generation, BM25, chunk, rank fusion",
    "function-calling": "function calling, JSON Schema, tool",
    "conversation-memory": "window, summary, standalone",
    "quantisation-and-memory": "quantisation, KV cache, int8, GPTQ",
    "multimodal-models": "CLIP, vision transformer",
    "scaling-laws": "Kaplan, Chinchilla, 20 tokens, over-training, emergent ability, test-time compute",
    "evaluation-and-statistics": (
        "Wilson interval, McNemar, bootstrap, permutation test, cluster-robust, minimum detectable effect, Holm, "
        "Benjamini-Hochberg, non-inferiority, LLM judge, Cohen's kappa, contamination, pass@k"
    ),
    "safety-and-prompt-injection": (
        "indirect prompt injection, jailbreak, exfiltration, least privilege, provenance, taint, spotlighting, "
        "approval, over-refusal, hallucination, red teaming, escape sequences, template injection, secrets"
    ),
    "choosing-fine-tuning-or-in-context-learning": (
        "in-context learning, few-shot, retrieval, LoRA, distillation, catastrophic forgetting, dollars"
    ),
    "using-this-program": "workspace, index, conversation, privacy, settings, troubleshooting",
    "comparing-prompts": "suite, dataset, baseline, verdict, better, equivalent, undecided, budget, judge, gate",
    "models-on-this-machine": "local:, KV cache, quantize, float32, decode, safetensors, kept",
    "tools-of-this-program": "policy, approve, impact, MCP, OpenAPI, settings",
}
"""Words of its subject that a page has to use."""

MANUAL_PAGES = ("using-this-program", "tools-of-this-program", "comparing-prompts", "models-on-this-machine")
MANUAL = "\n".join(PAGES[page] for page in MANUAL_PAGES)


def test_every_subject_has_its_page() -> None:
    assert set(PAGES) == set(SUBJECTS)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_long_enough_to_teach_and_short_enough_to_read(page: str) -> None:
    assert 600 <= len(PAGES[page].split()) <= 1500


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_title_which_opens_it(page: str) -> None:
    prose = re.sub(r"^```.*?^```$", "", PAGES[page], flags=re.MULTILINE | re.DOTALL)

    assert prose.startswith("# ")
    assert len(re.findall(r"^# ", prose, re.MULTILINE)) == 1


@pytest.mark.parametrize("page", PAGES)
def test_a_page_speaks_of_its_subject(page: str) -> None:
    text = PAGES[page].lower()

    assert [words for words in SUBJECTS[page].split(", ") if words.lower() not in text] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page not in MANUAL_PAGES])
def test_a_page_ends_with_at_least_three_dated_sources(page: str) -> None:
    _, heading, sources = PAGES[page].rpartition("\n## ")

    assert heading and sources.startswith("Sources\n")
    assert len(re.findall(r"^- .*\((?:19|20)\d\d\b", sources, re.MULTILINE)) >= 3


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", PAGES[page]) if "://" not in link]

    assert [link for link in links if not (KNOWLEDGE / link).is_file()] == []


# --- the manual -------------------------------------------------------------------------------------------------------


def tables() -> dict[str, str]:
    """The rows of the manual's tables: what the first column names, with the second."""
    rows = re.findall(r"^\| (`.+?) \| (.+?) \|", MANUAL, re.MULTILINE)
    return {name: value for names, value in rows for name in re.findall(r"`([^`]+)`", names)}


def command_tree() -> Iterator[click.Command]:
    waiting: list[click.Command] = [program]
    for command in waiting:
        yield command
        if isinstance(command, click.Group):
            names = command.list_commands(click.Context(command))
            waiting += [found for name in names if (found := command.get_command(click.Context(command), name))]


def test_the_manual_names_all_slash_commands_and_no_others() -> None:
    assert set(re.findall(r"`/([a-z]+)", MANUAL)) == SLASH_COMMANDS.keys()


def test_the_manual_names_all_commands_and_no_others() -> None:
    assert set(re.findall(r"`chatbot ([a-z]+)", MANUAL)) == COMMANDS.keys()


def test_every_option_that_the_manual_names_exists() -> None:
    known = {option for command in command_tree() for parameter in command.params for option in parameter.opts}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", MANUAL))

    assert {"--model", "--knowledge", "--continue", "--resume"} <= named <= known


def test_the_manual_gives_every_setting_with_its_default() -> None:
    listed = {name: value.strip("`") for name, value in tables().items() if name in {f.name for f in fields(Settings)}}
    every = {field.name: getattr(Settings(), field.name) for field in fields(Settings)}
    defaults = {name: value for name, value in every.items() if not isinstance(value, Mapping)}
    shown = {None: "none", "": "empty", (): "none", defaults["tools"]: "all three"}

    assert listed == {
        name: shown.get(value) or (f"{value:g}" if isinstance(value, int | float) else value)
        for name, value in defaults.items()
    }


def test_the_manual_gives_every_option_of_local_models_and_every_way_to_decode() -> None:
    page = PAGES["models-on-this-machine"]
    assert [each.name for each in fields(LocalOptions) if f"`{each.name}`" not in page] == []
    assert [name for name in BY_NAME if f"`{name}`" not in page] == []


def test_every_variable_that_the_manual_names_is_read() -> None:
    known = {f"CHATBOT_{field.name.upper()}" for field in fields(Settings)} | {"CHATBOT_DEBUG", "CHATBOT_API_KEY"}

    assert set(re.findall(r"\bCHATBOT_\w+", MANUAL)) <= known


def test_the_manual_lists_every_kind_of_model() -> None:
    for_tests = "scripted:file"

    assert {spec.lower() for spec in SPECS} - {for_tests} <= {name.lower() for name in tables()}


def test_the_manual_lists_every_file_format_that_is_read() -> None:
    assert {form.name for form in FORMATS.values() if form.name not in MANUAL} == set()


def test_the_manual_lists_the_built_in_tools_with_their_impact(tmp_path: Path) -> None:
    options = {"run_sql": {"database": "own.db"}, "search_web": {"provider": "searxng", "url": "http://127.0.0.1:1"}}
    sqlite3.connect(tmp_path / "own.db").close()
    made = built_in_tools(BUILT_IN, options, Place(tmp_path, tmp_path))
    rows = re.findall(r"^\| (`.+?`) \| .+? \| (\w+) \|$", MANUAL, re.MULTILINE)
    listed = {name: impact for names, impact in rows for name in re.findall(r"`([^`]+)`", names)}

    assert listed == {**{tool.name: tool.impact for tool in made}, "search_knowledge": "reads"}


def test_the_manual_names_what_can_be_set_in_the_chat() -> None:
    assert [name for name in SET_IN_CHAT if name not in MANUAL] == []


@pytest.fixture
def own(tmp_path: Path, starter: Path) -> Path:
    """A new workspace, indexed."""
    root = create_workspace(tmp_path / "own").root
    copy_index(starter, root)
    return root


def test_the_manual_quotes_the_words_of_a_refusal(own: Path) -> None:
    bot = Chatbot("extractive", workspace=own)

    answer = bot.ask("Who painted the Mona Lisa?")

    [said] = re.findall(r'`chatbot` says "(.+?)"', MANUAL)
    assert answer.declined and answer.text.startswith(said)


def test_the_manuals_python_runs_as_written(own: Path) -> None:
    [block] = re.findall(r"^```python\n(.*?)^```$", MANUAL, re.MULTILINE | re.DOTALL)
    done = subprocess.run([sys.executable, "-c", block], cwd=own, capture_output=True, text=True, timeout=300)

    assert (done.returncode, done.stderr) == (0, "")
    assert "ucleus sampling" in done.stdout and done.stdout.rstrip().endswith("False")


def test_the_manuals_suite_is_one(tmp_path: Path) -> None:
    [block] = re.findall(r"^```yaml\n(.*?)^```$", MANUAL, re.MULTILINE | re.DOTALL)
    (tmp_path / "suite.yaml").write_text(block, encoding="utf-8")

    assert len(read_suite(tmp_path / "suite.yaml").variants) == 2


def test_the_manual_names_all_commands_of_evals_and_no_others() -> None:
    group = program.get_command(click.Context(program), "eval")

    assert isinstance(group, click.Group)
    assert set(re.findall(r"`chatbot eval ([a-z]+)", MANUAL)) == set(group.list_commands(click.Context(group)))


def test_the_manual_names_all_kinds_of_scorers() -> None:
    assert [kind for kind in KINDS if f"`{kind}`" not in PAGES["comparing-prompts"]] == []


@pytest.mark.parametrize("block", re.findall(r"^```toml\n(.*?)^```$", MANUAL, re.MULTILINE | re.DOTALL))
def test_the_manuals_settings_are_ones(tmp_path: Path, block: str) -> None:
    (tmp_path / "chatbot.toml").write_text(block, encoding="utf-8")
    settings = find_workspace(tmp_path).settings

    assert {name for name in settings.tools if name not in BUILT_IN} == set()
    assert set(settings.tool_options) <= set(BUILT_IN)
    policy_of(settings.policy, "chatbot.toml")
    read_servers(settings.mcp, folder=tmp_path, where="chatbot.toml")
