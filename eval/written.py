"""What a language model wrote, and what verification left of it: the measures of `rag eval --llm`.

In: results. Out: figures, ``None`` where no model wrote. A shown sentence is checked once more, from nothing but its
own footnotes: `support_after` must be 1. It asks no engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval import metrics
from rag.check.resolve import resolved
from rag.text import sentence_spans
from rag.types import Answer
from rag.verify import Source, check
from rag.write.polish import leans_back

if TYPE_CHECKING:
    from eval.scoring import Result


def recheck(answer: Answer) -> tuple[bool, ...]:
    """Say of each sentence that a model wrote and the answer shows whether its own footnotes carry it."""
    if not answer.usage or answer.writer == "extractive":
        return ()
    quotes = {c.number: Source(c.source, c.page, 0, c.quote, tuple(sentence_spans(c.quote))) for c in answer.citations}
    held, before = [], ""
    for sentence, numbers in metrics.cited_sentences(answer.text, {}):
        whole = resolved(sentence, before) if leans_back(sentence) and before else None
        forms = [sentence, whole.text] if whole else [sentence]
        held.append(any(check(form, [quotes[n] for n in numbers if n in quotes]).support for form in forms))
        before = sentence
    return tuple(held)


def support_before(result: Result) -> float | None:
    """Of the sentences the model wrote, the share that holds against the sources."""
    judged = result.usage.get("sentences", 0)
    return result.usage.get("shown", 0) / judged if judged else None


def support_after(result: Result) -> float | None:
    """Of the sentences shown, the share that holds once more."""
    return metrics.mean(map(float, result.rechecked))


def dropped(result: Result) -> float | None:
    """Of the sentences the model wrote, the share that is not shown."""
    before = support_before(result)
    return None if before is None else 1 - before


def written(result: Result) -> float | None:
    """1 where the answer is the model's, 0 where the documents' own sentences had to stand."""
    return float(result.writer != "extractive") if result.usage else None


def evidence_ms(results: Sequence[Result]) -> float | None:
    """The median time to the first evidence, where a model was asked."""
    times = [r.timings.get("retrieve_ms", 0.0) + r.timings.get("answer_ms", 0.0) for r in results if r.usage]
    return metrics.percentile(times, 0.5)


def last_token_ms(results: Sequence[Result]) -> float | None:
    """The median time to the last token, where a model was asked."""
    return metrics.percentile([r.ms for r in results if r.usage], 0.5)


def tokens_read(results: Sequence[Result]) -> float | None:
    """The mean size of the prompt, by an estimate on the high side."""
    return metrics.mean(float(r.usage["prompt_tokens"]) for r in results if r.usage)


def tokens_written(results: Sequence[Result]) -> float | None:
    """The mean length of what the model wrote, by the same estimate."""
    return metrics.mean(float(r.usage["written_tokens"]) for r in results if r.usage)
