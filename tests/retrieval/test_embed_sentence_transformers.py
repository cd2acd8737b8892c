"""The sentence-transformers seam, with a real (tiny, untrained) model saved in a folder."""

import numpy as np
import pytest

from chatbot.errors import NotFoundError
from chatbot.retrieval.embed import embedder
from chatbot.retrieval.embed_sentence_transformers import SentenceTransformersEmbedder
from chatbot.retrieval.embed_tokens import ENCODER

pytest.importorskip("sentence_transformers")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

WINDOW = 32


def save_model(folder, *, seed):
    """A BERT of one layer with random weights, and prompts as retrieval models have them."""
    import torch
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(seed)
    config = BertConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)
    BertModel(config).save_pretrained(folder / "bert")
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(ENCODER / "tokenizer.json"), **special)
    tokenizer.save_pretrained(folder / "bert")
    transformer = models.Transformer(str(folder / "bert"), max_seq_length=WINDOW)
    prompts = {"query": "question: ", "document": "passage: "}
    whole = [transformer, models.Pooling(transformer.get_word_embedding_dimension())]
    SentenceTransformer(modules=whole, prompts=prompts, device="cpu").save(str(folder / "model"))
    return folder / "model"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("tiny"), seed=1)


@pytest.fixture(scope="module")
def model(folder):
    return embedder(f"sentence-transformers:{folder}")


def test_vectors_are_unit_rows(model):
    vectors = model.embed(["one", "two words", ""] * 100)

    assert vectors.shape == (300, model.dimension) == (300, 32)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert model.embed([]).shape == (0, 32)


def test_questions_and_passages_get_the_prompts_of_the_models_authors(model):
    from sentence_transformers import SentenceTransformer

    bare = SentenceTransformer(model.name.removeprefix("sentence-transformers:").rpartition("@")[0], device="cpu")
    question, passage = bare.encode(["question: why", "passage: why"], prompt="", normalize_embeddings=True)

    np.testing.assert_allclose(model.embed_query("why"), question, atol=1e-5)
    np.testing.assert_allclose(model.embed(["why"])[0], passage, atol=1e-5)


def test_any_text_gets_a_vector(model):
    assert np.isfinite(model.embed(["\x00", "\ud800", "😀" * 500, "word " * 10_000])).all()
    assert np.isfinite(model.embed_query("\ud800")).all()


def test_tokens_are_counted_by_the_models_own_tokenizer(model):
    assert model.max_tokens == WINDOW - 2
    assert model.count_tokens(["two words", "word " * 100]) == [2, 100]
    assert model.token_starts("two words").tolist() == [0, 4]


def test_progress_ends_with_all(model):
    seen = []

    model.embed(["text"] * 300, progress=lambda done, total: seen.append((done, total)))

    assert len(seen) == 2
    assert seen[-1] == (300, 300)


def test_other_weights_in_the_same_folder_are_another_embedder(model, folder, tmp_path):
    again = SentenceTransformersEmbedder(str(folder))
    retrained = save_model(tmp_path, seed=2)
    revisions = {each.name.rpartition("@")[2] for each in (model, again, SentenceTransformersEmbedder(str(retrained)))}

    assert again.name == model.name
    assert len(revisions) == 2


def test_a_folder_that_is_not_there_is_named():
    with pytest.raises(NotFoundError, match="no/such/folder"):
        embedder("sentence-transformers:no/such/folder")


def test_a_model_that_cannot_be_fetched_is_named(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # as the variable of this name does

    with pytest.raises(NotFoundError, match="'missing/model' cannot be loaded"):
        embedder("sentence-transformers:missing/model")


def test_a_folder_without_a_model_is_named(tmp_path):
    (tmp_path / "config.json").write_text("{}")

    with pytest.raises(NotFoundError, match=tmp_path.name):
        embedder(f"sentence-transformers:{tmp_path}")
