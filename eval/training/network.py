"""The reader as torch trains it: a small BERT over (question, context) with three heads.

In: the packaged cross-encoder that training starts from, or a checkpoint. Out: a `ReaderNetwork`. Heads: where the
answer starts and ends (the first token stands for "nowhere"), whether the context answers, and whether it is relevant.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

LAYERS, WIDTH, HEADS, INNER = 12, 384, 12, 1536


class Logits(NamedTuple):
    """``start`` and ``end``: (batch, tokens); ``answers`` and ``relevant``: (batch,)."""

    start: Tensor
    end: Tensor
    answers: Tensor
    relevant: Tensor


class ReaderNetwork(nn.Module):
    """BERT with a span head on every token and two heads on the pooled first one."""

    def __init__(self, vocabulary: int = 30522) -> None:
        super().__init__()
        from transformers import BertConfig, BertModel

        config = BertConfig(
            vocab_size=vocabulary,
            hidden_size=WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            intermediate_size=INNER,
            # One pass over the data: nothing is seen often enough to be learnt by heart.
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        opened: Any = BertModel
        self.bert: Any = opened._from_config(config, attn_implementation="sdpa")
        self.span = nn.Linear(WIDTH, 2)
        self.verdict = nn.Linear(WIDTH, 2)

    def freeze(self, layers: int) -> None:
        """Let the embeddings and the first ``layers`` layers stay as they are."""
        for part in (self.bert.embeddings, *self.bert.encoder.layer[:layers]):
            part.requires_grad_(False)
        self._frozen = layers

    def forward(self, ids: Tensor, kinds: Tensor, mask: Tensor) -> Logits:
        """Read a batch, (batch, tokens): ``ids``, ``kinds`` (0 question, 1 context), ``mask`` (1 token, 0 padding)."""
        states = self.bert(input_ids=ids, token_type_ids=kinds, attention_mask=mask)
        spans = self.span(states.last_hidden_state)
        # The answer lies in the context; the first token says that there is none.
        allowed = (kinds.bool() & mask.bool()).index_fill(1, torch.zeros(1, dtype=torch.long, device=ids.device), True)
        spans = spans.masked_fill(~allowed.unsqueeze(-1), -1e4)
        verdict = self.verdict(states.pooler_output)
        return Logits(spans[..., 0], spans[..., 1], verdict[:, 0], verdict[:, 1])


def start(model: Path) -> ReaderNetwork:
    """Return the network with the body of a dynamically quantised cross-encoder: each weight is (q - zero) * scale."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(model)).graph
    held = {t.name: numpy_helper.to_array(t) for t in graph.initializer}

    def full(name: str) -> np.ndarray[Any, Any]:
        base = name.removesuffix("_quantized")
        shifted = held[name].astype(np.float32) - held[f"{base}_zero_point"].astype(np.float32)
        return np.asarray(shifted * held[f"{base}_scale"], dtype=np.float32)

    state = {n.removeprefix("bert."): a for n, a in held.items() if n.startswith("bert.") and "weight_" not in n}
    for node in graph.node:
        if node.op_type == "MatMulInteger" and "layer" in node.name:
            name = node.name.removeprefix("/bert/").rsplit("/", 1)[0].replace("/", ".")
            state[f"{name}.weight"] = full(node.input[1]).T.copy()
    for name in held:
        if name.startswith("bert.") and name.endswith("weight_quantized"):
            plain = name.removeprefix("bert.").removesuffix("_quantized")
            # The pooler is stored as it is multiplied, (in, out); a square does not show that by its shape.
            state[plain] = full(name).T.copy() if "pooler" in name else full(name)
    network = ReaderNetwork()
    tensors = {n: torch.from_numpy(np.array(a)) for n, a in state.items()}
    missing, extra = network.bert.load_state_dict(tensors, strict=False)
    if [m for m in missing if "position_ids" not in m] or extra:
        raise ValueError(f"{model} is no such cross-encoder: missing {missing}, beyond {extra}")
    return network
