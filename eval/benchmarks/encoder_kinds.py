"""Why the encoder is as it is: the same weights in other arithmetic and by another engine, one thread each.

    python eval/benchmarks/install_peers.py     # once, for OpenVINO
    python eval/benchmarks/encoder_kinds.py

Prints milliseconds of processor time per passage of about 205 tokens, the cosine to the original weights in float32,
and recall at 1 on XQuAD where ../shared/data has it. Ours finds the scales of its int8 activations in each call
("dynamic"); static ones are measured beforehand, on passages. On a processor with VNNI and bf16 instructions ours takes
14.2 ms (cosine 0.996, recall 0.886), OpenVINO in static int8 17.3 ms (0.923, 0.868), in bf16 18.8 ms (1.000, 0.886), in
float32 30.4 ms: nothing is quicker, and OpenVINO would be another 180 MB to install.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from embedding_rate import DOCUMENTS, passages
from install_peers import PEERS
from timing import in_turn

sys.path.append(str(Path(__file__).parents[2] / "scripts"))
sys.path.append(str(PEERS / "openvino"))

import minilm_graph
from encoder_figures import DATA, Vectors, xquad_ranks
from export_encoder import load_weights, original

from chatbot.retrieval.embed import embedder
from chatbot.retrieval.embed_tokens import ENCODER, packaged_tokens

ROUNDS = 9
TIMED = 24
"""Passages of each round."""

CALIBRATION = 40
"""Passages on which static scales are measured."""

Encode = Callable[[np.ndarray[Any, Any]], Vectors]
"""Token ids of one text, shape (1, tokens), to its vector, shape (1, 384)."""


class Plain(minilm_graph.Graph):
    """The graph in float32, of standard operators only, which every engine and quantiser knows."""

    def linear(self, x: str, name: str, weight: Vectors, bias: Vectors) -> str:
        inputs = [x, self.constant(f"{name}.weight", weight.T)]
        return self.node(
            "Add", [self.node("MatMul", inputs, f"{name}.product"), self.constant(f"{name}.b", bias)], name
        )

    linear_after_gelu = linear

    def node(self, kind: str, inputs: list[str], output: str, *, domain: str = "", **attributes: object) -> str:
        if kind != "MultiHeadAttention":
            return super().node(kind, inputs, output, **attributes)
        heads, size = 12, 32
        shape = self.constant(f"{output}.heads", np.array([0, 0, heads, size]))
        split = [super(Plain, self).node("Reshape", [each, shape], f"{each}.split_up") for each in inputs]
        turned = [
            super(Plain, self).node("Transpose", [each], f"{each}.turned", perm=order)
            for each, order in zip(split, ((0, 2, 1, 3), (0, 2, 3, 1), (0, 2, 1, 3)), strict=True)
        ]
        scores = self.node("MatMul", turned[:2], f"{output}.scores")
        scale = self.constant(f"{output}.scale", np.array(size**-0.5, dtype=np.float32))
        shares = self.node(
            "Softmax", [self.node("Mul", [scores, scale], f"{output}.scaled")], f"{output}.shares", axis=-1
        )
        mixed = self.node("MatMul", [shares, turned[2]], f"{output}.mixed")
        back = self.constant(f"{output}.joined_up", np.array([0, 0, heads * size]))
        return self.node(
            "Reshape", [self.node("Transpose", [mixed], f"{output}.back", perm=(0, 2, 1, 3)), back], output
        )


def main() -> None:
    if not DOCUMENTS.is_dir():
        print("left out: ../shared/data/click_docs is not here")
        return
    texts = [ids(text) for text in passages(embedder())]
    with tempfile.TemporaryDirectory() as name:
        kinds = encoders(Path(name), texts[-CALIBRATION:])
        exact = [kinds["onnxruntime, float32"](each) for each in texts[:TIMED]]
        seconds = in_turn({kind: lambda e=encode: timed(e, texts[:TIMED]) for kind, encode in kinds.items()}, ROUNDS)
        for kind, encode in kinds.items():
            cosine = np.mean([float((encode(each) * whole).sum()) for each, whole in zip(texts, exact, strict=False)])
            recall = f"  xquad_en recall@1 {np.mean(xquad_ranks(batch(encode)) < 1):.3f}" if DATA.is_dir() else ""
            print(
                f"{kind:<28} {1000 * statistics.median(seconds[kind]):6.1f} ms  cosine {cosine:.4f}{recall}", flush=True
            )


def encoders(folder: Path, calibration: Sequence[np.ndarray[Any, Any]]) -> dict[str, Encode]:
    """Ours first; OpenVINO's where it is installed."""
    plain, static = folder / "plain.onnx", folder / "static.onnx"
    write_plain(plain)
    write_static(plain, static, calibration)
    found = {
        "ours: dynamic int8": by_onnxruntime(ENCODER / "model.onnx"),
        "onnxruntime, static int8": by_onnxruntime(static),
        "onnxruntime, float32": by_onnxruntime(plain),
    }
    if not find_spec("openvino"):
        print("OpenVINO is left out: it is not installed")
        return found
    return found | {
        "OpenVINO, static int8": by_openvino(static, "f32"),
        "OpenVINO, bf16": by_openvino(plain, "bf16"),
        "OpenVINO, float32": by_openvino(plain, "f32"),
    }


def write_plain(path: Path) -> None:
    ours, opset, version = minilm_graph.Graph, minilm_graph.OPSET, minilm_graph.IR_VERSION
    minilm_graph.Graph, minilm_graph.OPSET, minilm_graph.IR_VERSION = Plain, 20, 9  # type: ignore[misc]  # for one build
    try:
        model = minilm_graph.build(load_weights(original() / "model.safetensors"))
    finally:
        minilm_graph.Graph, minilm_graph.OPSET, minilm_graph.IR_VERSION = ours, opset, version  # type: ignore[misc]
    path.write_bytes(model.SerializeToString())


def write_static(plain: Path, path: Path, calibration: Sequence[np.ndarray[Any, Any]]) -> None:
    """Weights by channel, activations by one scale each that is measured beforehand."""
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

    class Passages(CalibrationDataReader):  # type: ignore[misc]  # it has no types
        def __init__(self) -> None:
            self._left: Iterator[Mapping[str, Any]] = iter({"input_ids": each} for each in calibration)

        def get_next(self) -> Mapping[str, Any] | None:
            return next(self._left, None)

    quantize_static(
        plain, path, Passages(), per_channel=True, op_types_to_quantize=["MatMul"],
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, extra_options={"MatMulConstBOnly": True},
    )  # fmt: skip


def by_onnxruntime(path: Path) -> Encode:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda text: session.run(None, {"input_ids": text})[0]  # type: ignore[no-any-return]


def by_openvino(path: Path, precision: str) -> Encode:
    import openvino

    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": precision}
    model = core.compile_model(core.read_model(path), "CPU", settings)
    request = model.create_infer_request()
    return lambda text: request.infer({0: text})[model.output(0)]  # type: ignore[no-any-return]


def ids(text: str) -> np.ndarray[Any, Any]:
    return np.array([packaged_tokens().ids(text, most=256)], dtype=np.int64)


def batch(encode: Encode) -> Callable[[Sequence[str]], Vectors]:
    return lambda texts: np.concatenate([encode(ids(text)) for text in texts])


def timed(encode: Encode, texts: Sequence[np.ndarray[Any, Any]]) -> float:
    """Seconds of processor time per text: unlike the clock's they hold on a machine that has other work."""
    started = time.process_time()
    for text in texts:
        encode(text)
    return (time.process_time() - started) / len(texts)


if __name__ == "__main__":
    main()
