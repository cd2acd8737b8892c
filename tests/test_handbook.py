"""The handbook that comes with the program: whole, sourced, and each page worth indexing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

KNOWLEDGE = Path(__file__).parents[1] / "knowledge"
PAGES = sorted(KNOWLEDGE.glob("*.md"))
MANUAL = "using-this-program"

SUBJECTS = {
    "text-generation": ["autoregressive", "softmax", "token"],
    "decoding-strategies": ["greedy", "beam", "temperature", "top-k", "nucleus", "contrastive", "repetition"],
    "pre-training": ["masked", "causal"],
    "fine-tuning": ["instruction tuning"],
    "lora-and-adapters": ["LoRA", "adapter"],
    "preference-learning": ["Bradley-Terry", "PPO", "KL", "DPO", "RLAIF"],
    "prompting": ["zero-shot", "one-shot", "few-shot"],
    "chain-of-thought": ["self-consistency", "tree of thoughts", "ReAct"],
    "automatic-prompt-engineering": ["prompt"],
    "retrieval-augmented-generation": ["BM25", "chunk", "rank fusion"],
    "function-calling": ["JSON Schema", "tool"],
    "conversation-memory": ["window", "summary", "standalone"],
    "quantisation-and-memory": ["KV cache", "int8", "GPTQ"],
    "multimodal-models": ["CLIP", "vision transformer"],
    "scaling-laws": ["Chinchilla", "20 tokens"],
    "evaluation-and-statistics": ["Wilson", "McNemar", "bootstrap", "Holm"],
    "safety-and-prompt-injection": ["indirect", "jailbreak", "least privilege"],
    "choosing-fine-tuning-or-in-context-learning": ["fine-tuning", "in-context learning", "retrieval"],
    MANUAL: ["chatbot ask", "/sources", "/why", "--continue", "chatbot.toml"],
}


def test_every_subject_has_its_page() -> None:
    assert {page.stem for page in PAGES} == set(SUBJECTS)
    assert len(PAGES) >= 14


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_long_enough_to_teach_and_short_enough_to_read(page: Path) -> None:
    assert 600 <= len(page.read_text(encoding="utf-8").split()) <= 1500


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_speaks_of_its_subject(page: Path) -> None:
    text = page.read_text(encoding="utf-8").lower()
    assert [word for word in SUBJECTS[page.stem] if word.lower() not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_ends_with_its_sources(page: Path) -> None:
    if page.stem == MANUAL:
        return
    _, _, sources = page.read_text(encoding="utf-8").partition("\n## Sources\n")
    named = [line for line in sources.strip().splitlines() if line.startswith("- ")]
    assert len(named) >= 3
    assert sum(bool(re.search(r"\((19|20)\d\d[^)]*\)", line)) for line in named) >= len(named) - 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).is_file()] == []
