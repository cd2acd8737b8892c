"""How each kind of server is told how to draw, and what is refused because it would not heed it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chatbot.errors import ModelRefused
from chatbot.models.sampling_fields import NAMES, PLAIN, depends_on_server, sampling_fields
from chatbot.sampling_names import WAYS, read_decoding


def fields(text: str, server: str | None) -> Mapping[str, object]:
    return sampling_fields(read_decoding(text), server, where="it")


@pytest.mark.parametrize(
    ("server", "text", "sent"),
    [
        ("vllm", "min-p=0.1, top-k=9", {"min_p": 0.1, "top_k": 9}),
        ("vllm", "repetition-penalty=1.2, logit-bias=#7:2", {"repetition_penalty": 1.2, "logit_bias": {"7": 2.0}}),
        ("vllm", "regex=a+", {"structured_outputs": {"regex": "a+"}}),
        ("vllm", "choices=yes|no", {"structured_outputs": {"choice": ["yes", "no"]}}),
        ("sglang", "choices=yes|no?", {"regex": r"yes|no\?"}),
        ("llamacpp", "typical=0.5, repetition-penalty=1.2", {"typical_p": 0.5, "repeat_penalty": 1.2}),
        ("llamacpp", "logit-bias=Paris:2, logit-bias=#7:-1", {"logit_bias": [["Paris", 2.0], [7, -1.0]]}),
        ("llamacpp", r"""choices='say "a"|né'""", {"grammar": r'root ::= "say \"a\"" | "né"'}),
        ("lmstudio", "repetition-penalty=1.2", {"repeat_penalty": 1.2}),
        ("openrouter", "min-p=0.1", {"min_p": 0.1, "provider": {"require_parameters": True}}),
        ("openrouter", "temperature=1", {}),
        ("openai", "logit-bias=#7:2, temperature=1", {"logit_bias": {"7": 2.0}}),
        ("", "min-p=0.1", {"min_p": 0.1}),
        (None, "top-k=3", {"top_k": 3}),
        ("ollama", "temperature=1, top-p=0.5, max-tokens=3, stop=x, seed=1, presence-penalty=1, logprobs", {}),
    ],
)
def test_a_server_is_told_in_its_own_words(server: str | None, text: str, sent: Mapping[str, object]) -> None:
    assert fields(text, server) == sent


@pytest.mark.parametrize(
    ("server", "text", "said"),
    [
        ("ollama", "min-p=0.1", "it has no field for min-p"),
        ("openai", "top-k=4", "it has no field for top-k"),
        ("vllm", "beam=4", "no field for beam .*local:PATH"),
        ("vllm", "contrastive", "no field for"),
        ("vllm", "draft=local:x", "no field for draft .*where the server is started"),
        ("llamacpp", "regex=a", "no field for regex"),
        ("", "choices=a|b", "no field for choices"),
        ("openrouter", "no-repeat-ngram=2", "no field for no-repeat-ngram"),
        ("vllm", "logit-bias=Paris:2", "by the token's id alone"),
    ],
)
def test_what_a_server_would_overlook_is_refused_by_name(server: str, text: str, said: str) -> None:
    with pytest.raises(ModelRefused, match=said):
        fields(text, server)


def test_every_way_is_sent_somewhere_or_refused_everywhere() -> None:
    sent = PLAIN | {name for names in NAMES.values() for name in names}
    only_here = {
        "beam",
        "diverse-beam",
        "diversity-penalty",
        "contrastive",
        "no-repeat-ngram",
        "prompt-lookup",
        "draft",
    }

    assert {way.name for way in WAYS if way.sets not in sent} == only_here


def test_who_serves_matters_for_what_not_every_server_knows() -> None:
    assert depends_on_server(read_decoding("min-p=0.1")) and not depends_on_server(read_decoding("greedy, seed=1"))
