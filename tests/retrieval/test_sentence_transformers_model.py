from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import NotFoundError
from chatbot.retrieval.sentence_transformers_model import load_model

pytest.importorskip("sentence_transformers")


@pytest.mark.parametrize("kind", ["SentenceTransformer", "CrossEncoder"])
def test_a_model_that_is_not_there_is_named(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    place = str(tmp_path / "nowhere")

    with pytest.raises(NotFoundError, match=f"the model '{place}' cannot be loaded: .") as told:
        load_model(kind, f"spec:{place}", place)  # type: ignore[arg-type]

    assert told.value.hint == "name a folder, or ORGANISATION/MODEL on the hub"
    assert "\n" not in told.value.message
