from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from chatbot.errors import UsageError  # noqa: E402
from chatbot.models.local.loading import Weights  # noqa: E402
from chatbot.models.local.options import LocalOptions  # noqa: E402
from chatbot.models.local.perplexity import opening_of, plain_ids, score_text, windows  # noqa: E402

TEXT = "The cat sat on the mat, and the mat was warm. Zürich is a city; 東京 is another. <s> is no mark here. " * 2


def tokenizer_that(opens: bool):
    """Bytes as tokens, in a random order; with an opening token before each text, or without."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from tokenizers.decoders import ByteLevel

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<s>": 0, **{letter: number for number, letter in enumerate(letters, 1)}}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = ByteLevel()
    if opens:
        inner.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<s>")


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    config = transformers.LlamaConfig(
        vocab_size=257, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=256, bos_token_id=0, eos_token_id=None,
    )  # fmt: skip
    return transformers.AutoModelForCausalLM.from_config(config).eval()


def loaded(model, tokenizer) -> Weights:
    return Weights("tiny", None, model, tokenizer, LocalOptions(), 512)


def plainly(model, ids: list[int], opening: list[int], size: int, stride: int) -> list[float]:
    """Each token by itself: with all that stands before it in the first window that reaches it."""
    costs = []
    room = size - len(opening)
    for place in range(0 if opening else 1, len(ids)):
        window = max(0, math.ceil((place - room + 1) / stride))
        context = [*opening, *ids[window * stride : place]]
        with torch.no_grad():
            told = model(torch.tensor([context]), use_cache=False).logits[0, -1].double().log_softmax(-1)
        costs.append(-told[ids[place]].item())
    return costs


@pytest.mark.parametrize("opens", [True, False])
@pytest.mark.parametrize(("size", "stride"), [(400, 200), (32, 16), (32, 31), (20, 1), (33, 7)])
def test_a_text_costs_what_its_tokens_cost_one_by_one(model, opens: bool, size: int, stride: int):
    tokenizer = tokenizer_that(opens)
    ids = plain_ids(tokenizer, TEXT)
    costs = plainly(model, ids, [0] if opens else [], size, stride)

    score = score_text(loaded(model, tokenizer), TEXT, window=size, stride=stride)

    assert score.nats == pytest.approx(sum(costs), rel=1e-6)
    assert score.tokens == len(costs)
    assert score.perplexity == pytest.approx(math.exp(sum(costs) / len(costs)), rel=1e-6)
    assert score.bytes == len(TEXT.encode()) - (not opens)
    assert score.bits_per_byte == pytest.approx(sum(costs) / math.log(2) / score.bytes, rel=1e-6)


def test_windows_that_are_read_at_once_cost_what_they_do_one_by_one(model):
    tokenizer = tokenizer_that(opens=True)

    alone = score_text(loaded(model, tokenizer), TEXT, window=32, stride=9, at_once=1)
    together = score_text(loaded(model, tokenizer), TEXT, window=32, stride=9, at_once=64)

    assert together.nats == pytest.approx(alone.nats, rel=1e-6)


def test_a_special_token_in_the_text_is_ordinary_text():
    tokenizer = tokenizer_that(opens=True)

    assert 0 not in plain_ids(tokenizer, "a <s> b")
    assert tokenizer.decode(plain_ids(tokenizer, "a <s> b")) == "a <s> b"


def test_only_a_token_that_the_tokenizer_puts_itself_opens_a_text():
    assert opening_of(tokenizer_that(opens=True)) == (0,)
    assert opening_of(tokenizer_that(opens=False)) == ()


def test_whoever_watches_hears_of_every_token(model):
    heard = []
    watched = loaded(model, tokenizer_that(opens=False))

    score = score_text(watched, TEXT, window=32, stride=16, at_once=2, watch=lambda *told: heard.append(told))

    assert heard[-1] == (score.tokens, score.tokens)
    assert heard == sorted(heard)


@pytest.mark.parametrize("text", ["", "a"])
def test_a_text_without_a_token_that_follows_another_has_no_score(model, text: str):
    with pytest.raises(UsageError, match="too short"):
        score_text(loaded(model, tokenizer_that(opens=False)), text, window=32, stride=16)


@pytest.mark.parametrize("stride", [0, 32, 40])
def test_a_stride_that_would_leave_tokens_out_is_refused(model, stride: int):
    with pytest.raises(UsageError, match="cannot move on"):
        score_text(loaded(model, tokenizer_that(opens=False)), TEXT, window=32, stride=stride)


def test_a_window_that_the_model_cannot_read_is_refused(model):
    with pytest.raises(UsageError, match="tiny reads 512 tokens at once, and the window has 513"):
        score_text(loaded(model, tokenizer_that(opens=False)), TEXT, window=513, stride=16)


def test_a_letter_cut_in_two_by_the_first_token_leaves_its_other_bytes(model):
    score = score_text(loaded(model, tokenizer_that(opens=False)), "東", window=32, stride=16)

    assert (score.tokens, score.bytes) == (2, 2)


@given(st.integers(1, 300), st.integers(1, 60), st.data())
def test_windows_count_each_token_once_and_let_it_look_back(tokens: int, size: int, data: st.DataObject):
    stride = data.draw(st.integers(1, size))

    found = list(windows(tokens, size, stride))

    assert [place for each in found for place in range(each.new, each.end)] == list(range(tokens))
    assert all(each.end - each.start <= size and each.start <= each.new for each in found)
    assert all(each.new - each.start >= size - stride for each in found[1:])
