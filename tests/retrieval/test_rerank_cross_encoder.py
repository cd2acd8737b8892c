"""The sentence-transformers seam of rerankers, with a real (tiny, untrained) cross-encoder saved in a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chatbot import Knowledge
from chatbot.errors import NotFoundError, UsageError
from chatbot.retrieval.embed_tokens import ENCODER
from chatbot.retrieval.rerank import reranker

pytest.importorskip("sentence_transformers")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def save_model(folder: Path, *, outputs: int) -> Path:
    """A BERT of one layer with random weights and a head for pairs."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(3)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64, num_labels=outputs
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_file=str(ENCODER / "tokenizer.json"), **special).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("cross"), outputs=1)


def test_scores_are_those_of_the_model_between_nothing_and_one(folder: Path) -> None:
    from sentence_transformers import CrossEncoder

    texts = ["cats sleep", "dogs bark at the moon", "", "lone \ud800 surrogate"]
    ours = reranker(f"cross-encoder:{folder}")
    assert ours is not None

    scores = ours.scores("Who sleeps?", texts)

    theirs = CrossEncoder(str(folder)).predict([("Who sleeps?", text) for text in texts[:3]])
    np.testing.assert_allclose(scores[:3], theirs, atol=1e-5)
    assert scores.shape == (4,) and ((scores > 0) & (scores < 1)).all()
    assert ours.scores("Who sleeps?", []).shape == (0,)


def test_a_search_is_put_in_its_order(folder: Path) -> None:
    spec = f"cross-encoder:{folder}"
    knowledge = Knowledge(None, reranker=spec)
    knowledge.add({"id": name, "text": f"Cats sleep in the {name}."} for name in ("house", "barn", "garden", "attic"))
    judge = reranker(spec)
    assert judge is not None

    found = knowledge.search("Where do cats sleep?", 4)

    scores = judge.scores("Where do cats sleep?", [f"\n{passage.text}" for passage in found])
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


def test_a_model_that_is_not_there_or_gives_no_single_number_is_told(folder: Path, tmp_path: Path) -> None:
    missing = reranker(f"cross-encoder:{tmp_path / 'nowhere'}")
    several = reranker(f"cross-encoder:{save_model(tmp_path / 'several', outputs=3)}")
    assert missing is not None and several is not None

    with pytest.raises(NotFoundError, match="cannot be loaded"):
        missing.scores("a", ["b"])
    with pytest.raises(UsageError, match="not one number"):
        several.scores("a", ["b", "c"])
