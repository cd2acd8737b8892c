"""The packaged encoder: the real model on real text."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.errors import UsageError
from chatbot.retrieval.embed import embedder
from chatbot.retrieval.embed_minilm import MiniLM, thread_count
from chatbot.retrieval.embed_tokens import ENCODER

SENTENCES = (
    "The cat sleeps on the warm windowsill.",
    "A kitten is napping in the sun by the window.",
    "Interest rates were raised by a quarter of a point.",
    "The central bank made borrowing more expensive.",
    "To install the package, run pip install.",
    "How do I set this library up on my machine?",
)
ORIGINAL_SIMILARITIES = (  # of SENTENCES, by the float32 weights
    (1.000, 0.618, -0.038, -0.007, 0.072, 0.048),
    (0.618, 1.000, 0.023, -0.077, 0.042, 0.027),
    (-0.038, 0.023, 1.000, 0.461, -0.003, -0.090),
    (-0.007, -0.077, 0.461, 1.000, -0.027, -0.041),
    (0.072, 0.042, -0.003, -0.027, 1.000, 0.389),
    (0.048, 0.027, -0.090, -0.041, 0.389, 1.000),
)
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=400)
HOSTILE = (
    "",
    " \n\t ",
    "\x00",
    "before\x00after",
    "\ud800",
    "half a pair \udc00 in the middle",
    "😀" * 500,
    "👩‍👩‍👧‍👦 🇩🇪",
    "̀" * 1000,
    "x" * 100_000,
    "word " * 20_000,
    "\u202e\ufeff\u200b",
    "[CLS] [SEP] [PAD] [MASK]",
    "漢字" * 300,
)


def test_a_vector_has_unit_length_and_the_announced_dimension():
    vectors = embedder().embed(SENTENCES)

    assert vectors.shape == (len(SENTENCES), embedder().dimension) == (6, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_make_no_vectors():
    assert embedder().embed([]).shape == (0, 384)


def test_similarities_are_those_of_the_original_weights():
    vectors = embedder().embed(SENTENCES)

    np.testing.assert_allclose(vectors @ vectors.T, ORIGINAL_SIMILARITIES, atol=0.03)


@pytest.mark.parametrize("text", HOSTILE, ids=[ascii(text[:12]) for text in HOSTILE])
def test_any_text_gets_a_vector(text):
    vector = embedder().embed_query(text)

    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert embedder().count_tokens([text])[0] == len(embedder().token_starts(text))


def test_the_same_text_gets_the_same_bits():
    once = MiniLM().embed(SENTENCES)

    assert np.array_equal(MiniLM().embed(SENTENCES), once)


def test_a_vector_does_not_depend_on_the_texts_around_it():
    alone = np.stack([embedder().embed_query(sentence) for sentence in SENTENCES])
    crowd = [f"Sentence {number} of very different words, {'and on ' * (number % 40)}" for number in range(100)]

    together = embedder().embed([*crowd, *SENTENCES, *HOSTILE])

    assert np.array_equal(together[100:106], alone)


@pytest.mark.parametrize("threads", ["1", "2", "7"])
def test_a_vector_does_not_depend_on_the_number_of_threads(monkeypatch, threads):
    expected = embedder().embed(SENTENCES)
    monkeypatch.setenv("CHATBOT_THREADS", threads)

    assert np.array_equal(embedder().embed(SENTENCES), expected)


@pytest.mark.parametrize("wanted", ["0", "-1", "many", "1.5", " 2"])
def test_a_wrong_number_of_threads_is_refused(monkeypatch, wanted):
    monkeypatch.setenv("CHATBOT_THREADS", wanted)

    with pytest.raises(UsageError, match="CHATBOT_THREADS"):
        embedder().embed(SENTENCES)


def test_threads_are_bounded_by_default(monkeypatch):
    monkeypatch.delenv("CHATBOT_THREADS", raising=False)

    assert 1 <= thread_count() <= 4


def test_several_threads_may_share_a_model_that_is_not_loaded_yet():
    model = MiniLM()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: model.embed(SENTENCES), range(6)))

    assert all(np.array_equal(answer, embedder().embed(SENTENCES)) for answer in answers)


def test_a_text_beyond_the_window_is_read_up_to_it():
    most = embedder().max_tokens
    inside, beyond = "word " * most, "word " * (most + 1)

    assert embedder().count_tokens([inside, beyond]) == [most, most + 1]
    assert np.array_equal(embedder().embed_query(beyond + "and more"), embedder().embed_query(inside))


def test_a_text_that_fills_the_window_is_read_to_its_end():
    inside = "word " * (embedder().max_tokens - 1)

    assert embedder().embed_query(inside + "cat") @ embedder().embed_query(inside + "economy") < 0.9999


def test_progress_counts_every_text_and_ends_with_all():
    seen = []

    embedder().embed(SENTENCES * 10, progress=lambda done, total: seen.append((done, total)))

    assert [total for _, total in seen] == [60] * len(seen)
    assert sorted({done for done, _ in seen}) == [done for done, _ in seen]
    assert seen[-1] == (60, 60)


def test_a_progress_that_raises_ends_the_work():
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embedder().embed(SENTENCES * 100, progress=interrupt)


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT)
def test_token_starts_ascend_inside_the_text(text):
    starts = embedder().token_starts(text)

    assert len(starts) == embedder().count_tokens([text])[0]
    assert (np.diff(starts) >= 0).all()
    assert ((starts >= 0) & (starts < max(1, len(text)))).all()


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_tokens_of_parts_between_spaces_add_up(left, right):
    both = f"{left} {right}"
    starts = embedder().token_starts(both)

    in_left, in_right = np.diff(np.searchsorted(starts, (0, len(left), len(both))))

    assert [in_left, in_right] == embedder().count_tokens([left, right])


def test_the_name_holds_a_revision_that_the_files_bear_out():
    card = json.loads((ENCODER / "encoder.json").read_text())
    digests = {file: hashlib.sha256((ENCODER / file).read_bytes()).hexdigest() for file in card["sha256"]}

    assert card["sha256"] == digests
    revision = hashlib.sha256(b"".join(bytes.fromhex(digest) for digest in digests.values())).hexdigest()
    assert embedder().name == f"minilm-l6-v2-int8-{revision[:8]}"


def test_the_encoder_is_small_and_says_where_it_comes_from():
    assert sum(file.stat().st_size for file in ENCODER.iterdir()) < 25_000_000
    assert "Apache License" in (ENCODER / "LICENSE").read_text()
    assert "all-MiniLM-L6-v2" in (ENCODER / "NOTICE").read_text()
