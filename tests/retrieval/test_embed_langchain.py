"""LangChain's `Embeddings` as embedders."""

import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings

from chatbot.errors import ModelError, ModelProtocolError, ModelUnreachable
from chatbot.retrieval.embed import embedder


class Letters(Embeddings):
    """Counts letters; questions are marked in the last place, as models do that read them otherwise than passages."""

    def __init__(self, model=None):
        self.model = model
        self.calls = []

    def embed_documents(self, texts):
        self.calls.append(texts)
        return [[float(text.count(letter)) for letter in "abc"] + [0.0] for text in texts]

    def embed_query(self, text):
        return [*self.embed_documents([text])[0][:3], 1.0]


class Failing(Embeddings):
    def __init__(self, error):
        self.error = error

    def embed_documents(self, texts):
        raise self.error

    def embed_query(self, text):
        raise self.error


def test_a_langchain_object_is_an_embedder():
    np.testing.assert_allclose(embedder(Letters()).embed(["aaabbbb", "c"]), [[0.6, 0.8, 0, 0], [0, 0, 1, 0]], atol=1e-6)


def test_a_question_is_embedded_as_a_question():
    np.testing.assert_allclose(embedder(Letters()).embed_query("a"), [0.5**0.5, 0, 0, 0.5**0.5], atol=1e-6)


def test_classes_of_langchain_itself_fit():
    fake = embedder(DeterministicFakeEmbedding(size=12))

    assert fake.dimension == 12
    assert np.array_equal(fake.embed(["one", "two"])[1], fake.embed(["two"])[0])


def test_its_name_holds_class_and_model():
    assert embedder(Letters()).name == "langchain:Letters"
    assert embedder(Letters("latin-3")).name == "langchain:Letters:latin-3"


def test_many_texts_go_in_several_calls_and_come_back_in_order():
    source, seen = Letters(), []
    texts = ["a" * (number % 5) + "b" * (number % 7) + "c" for number in range(300)]

    vectors = embedder(source).embed(texts, progress=lambda done, total: seen.append((done, total)))

    assert vectors.shape == (300, 4)
    assert [text for call in source.calls for text in call] == texts
    assert len(source.calls) == len(seen) > 1
    assert seen[-1] == (300, 300)


def test_no_texts_make_no_vectors():
    assert embedder(Letters()).embed([]).shape == (0, 4)


def test_any_text_reaches_the_object_as_valid_unicode():
    source = Letters()

    embedder(source).embed(["", "\x00", "\ud800 half"])

    assert source.calls == [["", "\x00", "? half"]]


def test_tokens_are_counted_by_the_packaged_tokenizer():
    assert embedder(Letters()).count_tokens(["two words", ""]) == [2, 0]
    assert embedder(Letters()).token_starts("two words").tolist() == [0, 4]
    assert embedder(Letters()).max_tokens == embedder("minilm").max_tokens


def test_what_the_object_raises_becomes_one_of_our_errors():
    with pytest.raises(ModelError, match=r"langchain:Failing failed: ConnectionError: no route") as failure:
        embedder(Failing(ConnectionError("no route"))).embed(["text"])

    assert isinstance(failure.value.__cause__, ConnectionError)


def test_our_own_errors_pass_through():
    with pytest.raises(ModelUnreachable, match="as it was"):
        embedder(Failing(ModelUnreachable("as it was"))).embed_query("text")


def test_answers_that_are_no_vectors_are_refused():
    class Silent(Letters):
        def embed_documents(self, texts):
            return []

    with pytest.raises(ModelProtocolError):
        embedder(Silent()).embed(["text"])
