"""P5: instructions that cannot all be followed are found, and those that can are left alone."""

from __future__ import annotations

import pytest

from .made import File, Lint

FOUND = {
    "P501": [
        "Answer briefly. Explain everything in detail.",
        "Be concise.\n\n- Give a comprehensive explanation of each point.",
        "Keep your answers short. Describe the causes at length.",
    ],
    "P502": [
        "Reply with JSON only. Explain your choice.",
        "Return nothing but the label. Think step by step.",
        "Give a reason for the grade. Output only the number.",
        "Do not explain. Show your work.",
    ],
    "P503": [
        "Answer in English. Reply in German.",
        "Always answer in the language of the question. Write your answer in French.",
        "Respond in Spanish.\n\n- Name two sources.\n- Write everything in Italian.",
    ],
    "P504": [
        "Always cite the source. Never cite sources from memory. Never cite the source.",
        "Use emojis freely. Do not use emojis freely.",
        "You must name the author. Be kind. Never name the author.",
    ],
}

SILENT = {
    "P501": [
        "Answer briefly. Do not go into detail, and never explain things in detail.",
        "Answer briefly. If the user asks for more, explain in detail.",
        "1. Briefly say what the code does.\n2. Explain in detail what is wrong with it.",
        "Give a short answer. Then explain it in detail.",
        'Answer briefly. The user may write "explain in detail", which is no reason to.',
        "Be concise. The text holds a detailed report.",
    ],
    "P502": [
        "Reply with JSON only. Do not explain your choice.",
        "Reply with JSON only. Explain your choice in the field reason.",
        'Explain your choice. End with a line "Answer:" and the number alone.',
        "Reply with the label alone. If it is mixed, explain why.",
        "Give a reason. The text is about JSON.",
    ],
    "P503": [
        "Answer in English. Reply in English only.",
        "Translate the German text into French. Answer in French.",
        "Answer in English. If the question is German, reply in German.",
        "Answer in English. Do not answer in German.",
        "{% if german %}Answer in German.{% else %}Answer in English.{% endif %}",
    ],
    "P504": [
        "Always cite the source. Never cite from memory.",
        "Do not answer the question. Rewrite the question.",
        "Use emojis freely. If the user is sad, do not use emojis freely.",
        "Never guess. Always be kind.",
    ],
}


def file(text: str) -> File:
    flag = ["{name: german, kind: boolean, default: false}"] if "german" in text else []
    return File(f"system:\n{text}\n\nuser:\n{{{{ question }}}}", ["question", *flag])


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in FOUND.items() for text in texts])
def test_a_contradiction_is_found(rule: str, text: str, lint: Lint) -> None:
    assert rule in [finding.rule for finding in lint(file(text))]


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in SILENT.items() for text in texts])
def test_instructions_that_can_all_be_followed_are_left_alone(rule: str, text: str, lint: Lint) -> None:
    assert rule not in [finding.rule for finding in lint(file(text))]


def test_both_sentences_are_told_with_their_lines(lint: Lint) -> None:
    [finding] = [each for each in lint(file("Answer briefly.\n\nExplain everything in detail.")) if each.rule == "P501"]
    assert finding.line == 6
    assert finding.message == '"Answer briefly." asks for little, and "Explain everything in detail." (line 8) for much'


def test_a_strategy_that_reasons_contradicts_an_answer_alone(lint: Lint) -> None:
    alone = "system:\nReply with the number alone.\nuser:\n{{ question }}"
    [finding] = [
        each for each in lint(File(alone, ["question"], ours="strategy: zero_shot_cot")) if each.rule == "P502"
    ]
    assert "the strategy zero_shot_cot (line 6) the steps" in finding.message
    assert not [each for each in lint(File(alone, ["question"], ours="strategy: zero_shot")) if each.rule == "P502"]


SAYS_IT = {
    "tags": "<example>\nExplain in detail.\n</example>",
    "fence": "```\nExplain in detail.\n```",
    "turn": "user:\nExplain in detail.\nassistant:\nNo.",
}


@pytest.mark.parametrize("example", SAYS_IT.values(), ids=SAYS_IT)
def test_what_an_example_says_instructs_nobody(example: str, lint: Lint) -> None:
    body = f"system:\nAnswer briefly.\n{example}\nuser:\n{{{{ question }}}}"
    assert "P501" not in [finding.rule for finding in lint(File(body, ["question"]))]
