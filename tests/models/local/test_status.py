"""What a local model tells of itself."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

pytest.importorskip("torch")

from tiny_models import tiny_model

from chatbot.effects import Generate
from chatbot.messages import message
from chatbot.models.connect import connect
from chatbot.models.fold import fold
from chatbot.models.local.engine import Engine
from chatbot.models.local.model import LocalModel
from chatbot.models.local.options import LocalOptions
from chatbot.models.local.status import status
from chatbot.models.model import TellsStatus
from chatbot.sampling import Sampling


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    model = connect(f"local:{tiny_model(tmp_path, 'llama')}", local=LocalOptions(device="cpu", cache_gib=0.5))
    assert isinstance(model, LocalModel)
    assert isinstance(model, TellsStatus)
    assert model.status() == status(model.engine)
    for _ in range(2):
        said = (message("user", "How many eggs are there?", "user"),)
        asyncio.run(fold(model.stream(Generate(said, sampling=Sampling(max_tokens=8, temperature=0)))))
    return model.engine


def test_rates_reuse_and_memory_are_told_with_their_units(engine: Engine) -> None:
    told = dict(status(engine))
    assert told["computes on"] == "the processor (cpu), in float32"
    assert re.fullmatch(r"[\d,]+ tokens", told["context"])
    assert re.fullmatch(r"[\d,]+ tokens/s, \d+% of \d+ tokens were kept from before", told["reads"])
    assert re.fullmatch(r"[\d,]+ tokens/s", told["writes"])
    assert re.fullmatch(r"\d+ MiB of weights; [\d,.]+ GiB are free", told["memory"])
    assert re.fullmatch(r"\d+ tokens, \d+ MiB of 512 MiB", told["kept prefixes"])


def test_a_model_that_has_done_nothing_says_so(tmp_path: Path) -> None:
    model = connect(f"local:{tiny_model(tmp_path, 'gpt2')}")
    assert isinstance(model, LocalModel)
    told = dict(model.status())
    assert (told["reads"], told["writes"]) == ("nothing yet", "nothing yet")
