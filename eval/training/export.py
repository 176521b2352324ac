"""Write the trained reader as the package ships it: `python -m eval.training.export reader.pt TOKENIZER OUT`.

In: `reader.pt` of `train_reader` and the tokenizer of the model it started from. Out: `reader.onnx`, its weights in 8
bits, and `reader.json`, the tokenizer. The graph is laid out here, layer by layer in onnxruntime's own fused
operations, so that what runs does not hang on what an exporter or an optimiser of some version makes of it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from eval.training.network import HEADS, LAYERS

EPSILON = 1e-12
# onnxruntime's fused operations.
FUSED = "com.microsoft"


class _Graph:
    """Nodes and weights under construction; every method returns the name of what it computes."""

    def __init__(self, state: dict[str, torch.Tensor]) -> None:
        self.state = {n.removeprefix("bert."): t.detach().float().numpy() for n, t in state.items()}
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def weight(self, name: str, values: np.ndarray[Any, Any] | None = None) -> str:
        from onnx import numpy_helper

        held = np.ascontiguousarray(self.state[name] if values is None else values, dtype=np.float32)
        self.weights.append(numpy_helper.from_array(held, name))
        return name

    def node(self, kind: str, inputs: list[str], *, fused: bool = True, outputs: int = 1, **attributes: Any) -> str:
        from onnx import helper

        name = f"{kind}_{len(self.nodes)}"
        names = [name, *(f"{name}_{i}" for i in range(1, outputs))]
        domain = {"domain": FUSED} if fused else {}
        self.nodes.append(helper.make_node(kind, inputs, names, name=name, **domain, **attributes))
        return name

    def product(self, x: str, layer: str) -> str:
        transposed = self.weight(f"{layer}.weight", self.state[f"{layer}.weight"].T)
        return self.node("MatMul", [x, transposed], fused=False)

    def added(self, x: str, beside: str, layer: str) -> str:
        """``LayerNorm(x W + b + beside)``."""
        norm = f"{layer.removesuffix('.dense')}.LayerNorm"
        inputs = [self.product(x, layer), beside, self.weight(f"{norm}.weight"), self.weight(f"{norm}.bias")]
        inputs.append(self.weight(f"{layer}.bias"))
        return self.node("SkipLayerNormalization", inputs, epsilon=EPSILON)

    def attention(self, x: str, layer: str) -> str:
        parts = [f"{layer}.attention.self.{p}" for p in ("query", "key", "value")]
        joined = self.weight(
            f"{layer}.qkv.weight", np.concatenate([self.state[f"{p}.weight"].T for p in parts], axis=1)
        )
        bias = self.weight(f"{layer}.qkv.bias", np.concatenate([self.state[f"{p}.bias"] for p in parts]))
        return self.node("Attention", [x, joined, bias, "mask"], num_heads=HEADS)

    def layer(self, x: str, layer: str) -> str:
        met = self.added(self.attention(x, layer), x, f"{layer}.attention.output.dense")
        wide = f"{layer}.intermediate.dense"
        open_ = self.node("BiasGelu", [self.product(met, wide), self.weight(f"{wide}.bias")])
        return self.added(open_, met, f"{layer}.output.dense")


def build(state: dict[str, torch.Tensor]) -> Any:
    """Return the ONNX model, in float32: ``ids``, ``kinds``, ``mask`` in (int32; texts, tokens), ``spans`` (texts,
    tokens, 2) and ``verdict`` (texts, 2) out."""
    from onnx import TensorProto, helper

    g = _Graph(state)
    tables = [g.weight(f"embeddings.{n}_embeddings.weight") for n in ("word", "position", "token_type")]
    norm = [g.weight(f"embeddings.LayerNorm.{n}") for n in ("weight", "bias")]
    x = g.node("EmbedLayerNormalization", ["ids", "kinds", *tables, *norm, "mask"], outputs=2, epsilon=EPSILON)
    for n in range(LAYERS):
        x = g.layer(x, f"encoder.layer.{n}")
    spans = g.node("Add", [g.product(x, "span"), g.weight("span.bias")], fused=False)
    first = g.node("Gather", [x, _index(g)], fused=False, axis=1)
    pooled = g.node("Add", [g.product(first, "pooler.dense"), g.weight("pooler.dense.bias")], fused=False)
    verdict = g.node("Tanh", [pooled], fused=False)
    verdict = g.node("Add", [g.product(verdict, "verdict"), g.weight("verdict.bias")], fused=False)
    for made, name in ((spans, "spans"), (verdict, "verdict")):
        g.nodes.append(helper.make_node("Identity", [made], [name]))
    shape = ["texts", "tokens"]
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT32, shape) for n in ("ids", "kinds", "mask")]
    outputs = [
        helper.make_tensor_value_info("spans", TensorProto.FLOAT, [*shape, 2]),
        helper.make_tensor_value_info("verdict", TensorProto.FLOAT, ["texts", 2]),
    ]
    graph = helper.make_graph(g.nodes, "reader", inputs, outputs, g.weights)
    versions = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(graph, opset_imports=versions, ir_version=8)


def _index(g: _Graph) -> str:
    from onnx import numpy_helper

    g.weights.append(numpy_helper.from_array(np.array(0, dtype=np.int64), "first"))
    return "first"


def main() -> None:
    """Write the two files."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    model = build(torch.load(args.checkpoint, weights_only=True)["network"])
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "reader.onnx"
        onnx.save(model, str(whole))
        # Seven bits of range: with eight, processors without VNNI saturate in the sum of two products, and would read
        # another answer than those with it.
        quantize_dynamic(
            whole,
            args.out / "reader.onnx",
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    shutil.copyfile(args.tokenizer, args.out / "reader.json")
    sys.stdout.write(f"{(args.out / 'reader.onnx').stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
