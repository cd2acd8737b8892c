"""The ONNX graph of all-MiniLM-L6-v2, built node by node from its weights.

In: the tensors of a BERT encoder by their usual names. Out: a model that maps `input_ids` (int64, texts x tokens) to
`embedding` (float32, texts x 384, unit length), pooling and normalisation inside. All texts of one call have the same
number of tokens: there is no attention mask, so nothing is ever computed for padding.

The graph is written by hand rather than traced: that needs no torch, and what quantisation does to each matrix is
chosen here instead of by a tool. Matrices and the embedding table are int8. See `Graph.linear` for the activations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Floats = NDArray[np.float32]
Quantised = tuple[NDArray[np.int8], Floats]

CONTRIB = "com.microsoft"
OPSET = 18
IR_VERSION = 8
GELU_FLOOR = -0.17
"""The least value of x * Phi(x), at x = -0.7518."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a BERT encoder; the defaults are those of all-MiniLM-L6-v2."""

    layers: int = 6
    hidden: int = 384
    heads: int = 12
    window: int = 256
    """Most tokens of one text. The weights know 512 positions, but the model was trained on 128 and is published
    with a limit of 256."""
    epsilon: float = 1e-12


@dataclass(slots=True)
class Graph:
    """Nodes and constants in the order of computation. Each method appends nodes and returns the output's name."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """A constant under its name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, *, domain: str = "", **attributes: object) -> str:
        """One node with one output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], output, domain=domain, **attributes))
        return output

    def linear(self, x: str, name: str, weight: Floats, bias: Floats) -> str:
        """`x @ weight.T + bias` in int8. The activations get one scale per call, found in the call."""
        quantised, scale = quantise_matrix(weight)
        constants = [
            self.constant(f"{name}.weight", quantised.T),
            self.constant(f"{name}.scale", scale[:, 0]),
            "",
            self.constant(f"{name}.bias", bias),
        ]
        return self.node("DynamicQuantizeMatMul", [x, *constants], name, domain=CONTRIB)

    def linear_after_gelu(self, x: str, name: str, weight: Floats, bias: Floats) -> str:
        """The same with one scale per token, for inputs that are nowhere below `GELU_FLOOR`.

        Behind the activation function a few tokens are far larger than the rest, and with a scale in common the rest
        is left with a handful of steps: more than half of the whole model's rounding error arises here. A token's
        values are shifted to start at zero and divided by their largest; the bias takes the shift back.
        """
        quantised, scale = quantise_matrix(weight)
        weight_name = self.constant(f"{name}.weight", quantised.T)
        scale_name = self.constant(f"{name}.scale", scale[:, 0])
        bias_name = self.constant(f"{name}.bias", bias + GELU_FLOOR * (quantised * scale).sum(axis=1))
        shifted = self.node("Add", [x, "shift"], f"{name}.shifted")
        largest = self.node("ReduceMax", [shifted, "last_axis"], f"{name}.largest", keepdims=1)
        share = self.node("Div", [shifted, largest], f"{name}.share")
        steps = self.node("QuantizeLinear", [share, "step", "zero"], f"{name}.steps")
        matrix = [weight_name, "step", scale_name, "zero"]
        product = self.node("MatMulIntegerToFloat", [steps, *matrix], f"{name}.product", domain=CONTRIB)
        scaled = self.node("Mul", [product, largest], f"{name}.scaled")
        return self.node("Add", [scaled, bias_name], name)

    def layer_norm(self, x: str, name: str, weights: Mapping[str, Floats], *, epsilon: float) -> str:
        """Layer normalisation over the last axis."""
        gain = self.constant(f"{name}.gain", weights[f"{name}.weight"])
        bias = self.constant(f"{name}.bias", weights[f"{name}.bias"])
        return self.node("LayerNormalization", [x, gain, bias], name, axis=-1, epsilon=epsilon)


def quantise_rows(table: Floats) -> Quantised:
    """Symmetric int8 with one scale per row: `table` is about `quantised * scale`, scale of shape (rows, 1)."""
    return _quantise(table, np.abs(table).max(axis=1, keepdims=True))


def quantise_matrix(weight: Floats) -> Quantised:
    """The same for the weights (outputs x inputs) of a matrix product, safe from overflow on every processor.

    One scale per output: one per matrix costs 1-2 points of nDCG@10. x86 processors without VNNI add the products of
    two neighbouring inputs in 16 bits and saturate silently (measured with full-range weights: one layer's output off
    by 27 %). So the scale is chosen for two neighbours' magnitudes to sum to 128 at most: 255 * 128 < 2**15.
    """
    magnitude = np.abs(weight)
    return _quantise(weight, (magnitude[:, ::2] + magnitude[:, 1::2]).max(axis=1, keepdims=True))


def _quantise(matrix: Floats, limit: Floats) -> Quantised:
    scale = (limit / 127).astype(np.float32)
    scale[scale == 0] = 1
    return np.rint(matrix / scale).astype(np.int8), scale


def build(weights: Mapping[str, Floats], shape: Shape = Shape()) -> onnx.ModelProto:
    """The whole model as ONNX, for onnxruntime 1.19 and later."""
    graph = Graph()
    _shared_constants(graph)
    x = _embeddings(graph, weights, shape)
    for layer in range(shape.layers):
        x = _transformer_layer(graph, x, f"encoder.layer.{layer}", weights, shape)
    # The mean's division by the number of tokens cancels in the normalisation, so a sum is enough.
    pooled = graph.node("ReduceSum", [x, graph.constant("tokens_axis", np.array([1]))], "pooled", keepdims=0)
    graph.node("LpNormalization", [pooled], "embedding", axis=-1, p=2)
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "tokens"])
    embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["texts", shape.hidden])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", [ids], [embedding], graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)],
        ir_version=IR_VERSION,
        producer_name="scripts/export_encoder.py",
    )
    onnx.checker.check_model(model)
    return model


def _shared_constants(graph: Graph) -> None:
    """What `Graph.linear_after_gelu` refers to in every layer."""
    graph.constant("shift", np.array(-GELU_FLOOR, dtype=np.float32))
    graph.constant("step", np.array(1 / 255, dtype=np.float32))
    graph.constant("zero", np.array(0, dtype=np.uint8))
    graph.constant("last_axis", np.array([-1]))


def _embeddings(graph: Graph, weights: Mapping[str, Floats], shape: Shape) -> str:
    """Word plus position plus token type (always the first), normalised."""
    table, scale = quantise_rows(weights["embeddings.word_embeddings.weight"])
    rows = graph.node("Gather", [graph.constant("words", table), "input_ids"], "words.rows")
    rows = graph.node("Cast", [rows], "words.float", to=TensorProto.FLOAT)
    scales = graph.node("Gather", [graph.constant("words.scale", scale), "input_ids"], "words.scales")
    words = graph.node("Mul", [rows, scales], "words.embedding")
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    graph.constant("positions", positions[: shape.window])
    length = graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    used = graph.node("Slice", ["positions", graph.constant("first", np.array([0])), length], "positions.used")
    x = graph.node("Add", [words, used], "embeddings.sum")
    return graph.layer_norm(x, "embeddings.LayerNorm", weights, epsilon=shape.epsilon)


def _transformer_layer(graph: Graph, x: str, name: str, weights: Mapping[str, Floats], shape: Shape) -> str:
    """Attention and feed-forward, each added to its input and normalised."""

    def dense(layer: str) -> tuple[str, Floats, Floats]:
        return f"{name}.{layer}", weights[f"{name}.{layer}.weight"], weights[f"{name}.{layer}.bias"]

    def add_and_norm(change: str, before: str, norm: str) -> str:
        # As two nodes: the fused SkipLayerNormalization takes six times as long on a CPU (onnxruntime 1.31).
        total = graph.node("Add", [change, before], f"{name}.{norm}.sum")
        return graph.layer_norm(total, f"{name}.{norm}", weights, epsilon=shape.epsilon)

    attended = graph.linear(
        _attention(graph, x, f"{name}.attention.self", weights, shape), *dense("attention.output.dense")
    )
    x = add_and_norm(attended, x, "attention.output.LayerNorm")
    inner = graph.node("Gelu", [graph.linear(x, *dense("intermediate.dense"))], f"{name}.gelu", domain=CONTRIB)
    return add_and_norm(graph.linear_after_gelu(inner, *dense("output.dense")), x, "output.LayerNorm")


def _attention(graph: Graph, x: str, name: str, weights: Mapping[str, Floats], shape: Shape) -> str:
    """Multi-head attention; query, key and value are one matrix, so that `x` is quantised once."""
    parts = ("query", "key", "value")
    weight = np.concatenate([weights[f"{name}.{part}.weight"] for part in parts])
    bias = np.concatenate([weights[f"{name}.{part}.bias"] for part in parts])
    joined = graph.linear(x, f"{name}.joined", weight, bias)
    outputs = [f"{name}.{part}" for part in parts]
    graph.nodes.append(helper.make_node("Split", [joined], outputs, f"{name}.split", axis=-1, num_outputs=3))
    return graph.node("MultiHeadAttention", outputs, name, domain=CONTRIB, num_heads=shape.heads)
