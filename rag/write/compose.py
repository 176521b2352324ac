"""A language model writes the answer; each of its sentences is checked before it is shown, and gets its footnotes here.

In: an LLM, a question, the evidence the engine chose. Out: a stream of `Composed`. Numbers the model writes in brackets
are ignored; what fails verification is dropped and counted. It decides no refusal and writes no extractive answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rag.check.facts import language_of
from rag.check.resolve import resolved
from rag.errors import ModelError
from rag.types import Citation, Dropped, Evidence
from rag.verify import Quote, Source, Support, check
from rag.write.model_errors import model_error
from rag.write.polish import cleaned, is_fragment, leans_back, whole_sentences
from rag.write.prompt import MOST_EVIDENCE, NOT_STATED, Prompt, build, planted, sources, tokens
from rag.write.turnstile import turnstile
from rag.write.wire import Closable, listening

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.vote import Voter

SECONDS = 60.0
MOST_SENTENCES = 6
MOST_CHARACTERS = 2400
MOST_REPEATS = 2


@dataclass(frozen=True, slots=True)
class Composed:
    """The answer so far: ``text`` holds verified sentences only, each with its markers.

    ``dropped`` are the sentences that failed, each with its reason. ``done`` marks the last item. ``error`` is one
    line when the model failed. ``ahead`` is how many wait before this one for a local model, 0 once it writes. The
    tokens are estimates.
    """

    text: str = ""
    citations: tuple[Citation, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    done: bool = False
    error: str = ""
    ahead: int = 0
    shown: int = 0
    prompt_tokens: int = 0
    written_tokens: int = 0

    @property
    def usage(self) -> dict[str, int]:
        """Return what was read and written, as `Answer.usage` has it."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "written_tokens": self.written_tokens,
            "sentences": self.shown + len(self.dropped),
            "shown": self.shown,
        }

    @property
    def usable(self) -> bool:
        """Say whether it can stand as the answer; else the extractive one is shown, and `why_not` says why."""
        return self.done and bool(self.text) and not self.error

    @property
    def why_not(self) -> str:
        """Return in one line why this cannot stand as the answer, or ""."""
        if self.error:
            return self.error
        if self.done and not self.text:
            if not self.dropped:
                return "the model wrote no answer"
            count = "one sentence" if len(self.dropped) == 1 else f"{len(self.dropped)} sentences"
            return f"nothing the model wrote ({count}) held against the sources"
        return ""


def compose_answer(
    llm: LLM,
    question: str,
    evidence: Sequence[Evidence],
    *,
    budget_tokens: int = MOST_EVIDENCE,
    seconds: float = SECONDS,
    voter: Voter | None = None,
) -> Generator[Composed, None, None]:
    """Yield the composed answer as its sentences are verified; the last item is ``done``. Never raises for the model.

    ``seconds`` run from the moment the model is asked, not while others are ahead. ``voter`` may reject more sentences.
    Closing the iterator stops the generation and frees the model for the next in its queue.
    """
    prompt = build(question, evidence, budget_tokens)
    last = Composed(prompt_tokens=prompt.tokens)
    gate = turnstile(llm)
    places = gate.wait() if gate else None
    try:
        waited = False
        for ahead in places or ():
            if ahead or waited:
                yield replace(last, ahead=ahead)
            if not ahead:
                break
            waited = True
        with closing(compose(llm, prompt, seconds=seconds)) as written:
            for state in verified(written, sources(evidence), last, voter):
                last = state
                yield last
        yield replace(last, done=True)
    except ModelError as error:
        yield replace(last, done=True, error=str(error))
    finally:
        if places:
            places.close()


def compose(llm: LLM, prompt: Prompt, *, seconds: float = SECONDS) -> Generator[str, None, None]:
    """Yield the text the model writes, unverified. Raises `ModelError` for whatever its adapter raises."""
    return pieces_of(llm, prompt.system, prompt.user, seconds=seconds)


def pieces_of(llm: LLM, system: str, user: str, *, seconds: float) -> Generator[str, None, None]:
    """Yield what the model answers to two messages, within limits of time and length."""
    deadline = time.monotonic() + seconds
    pieces = _pieces(llm, system, user)
    size = 0
    try:
        for piece in pieces:
            yield piece
            size += len(piece)
            if time.monotonic() > deadline:
                raise model_error(TimeoutError())
            if size > MOST_CHARACTERS:
                return
    finally:
        pieces.close()


def _pieces(llm: LLM, system: str, user: str) -> Generator[str, None, None]:
    from llama_index.core.llms import ChatMessage, MessageRole

    messages = [
        ChatMessage(role=MessageRole.SYSTEM, content=system),
        ChatMessage(role=MessageRole.USER, content=user),
    ]
    seen, answers, stream = "", list[Closable](), None
    try:
        while True:
            with listening(answers):
                stream = stream or iter(llm.stream_chat(messages))
                response = next(stream, None)
            if response is None:
                return
            whole = response.message.content or ""
            piece = response.delta if response.delta is not None else whole.removeprefix(seen)
            seen = whole
            if piece:
                yield piece
    except Exception as error:  # noqa: BLE001 (an adapter, or an LLM object of the user's, may raise anything)
        raise model_error(error) from None  # the original may hold the key in its text
    finally:
        for answer in answers:
            answer.close()


# ---------------------------------------------------------------- from text to verified sentences


@dataclass
class _Page:
    """The verified answer as it grows."""

    sources: Sequence[Source]
    base: Composed
    voter: Voter | None = None
    text: str = ""
    citations: list[Citation] = field(default_factory=list)
    numbers: dict[Quote, int] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    repeats: int = 0
    shown: int = 0
    tokens: int = 0
    last_held: bool = True

    @property
    def language(self) -> str:
        """The language of the sources; a short sentence does not tell its own."""
        return language_of(" ".join(s.text for s in self.sources)[:4000])

    def take(self, sentence: str) -> None:
        """Check one sentence of the model; write it down if it holds."""
        clean = cleaned(sentence)
        if not clean or clean.upper().startswith(NOT_STATED):
            return
        if clean in self.heard:
            self.repeats += 1
            return
        support, reason = self._judge(clean, self.heard[-1] if self.heard else "")
        self.heard.append(clean)
        self.last_held = support is not None
        if support is None:
            self.dropped.append(Dropped(clean, reason))
        else:
            self._write(clean, support)

    def _judge(self, clean: str, previous: str) -> tuple[Support | None, str]:
        if planted(clean):
            return None, "planted"
        if is_fragment(clean, self.language):
            return None, "fragment"
        verdict = check(clean, self.sources, voter=self.voter)
        if not leans_back(clean) or not previous or (verdict.support and verdict.support.exact):
            return verdict.support, verdict.reason
        if not self.last_held:
            return None, "leans on a dropped sentence"
        # "He signed it": what "he" stands for is what the reader sees in the sentence before
        whole = resolved(clean, previous)
        verdict = check(whole.text, self.sources, voter=self.voter) if whole else verdict
        return verdict.support, verdict.reason

    def _write(self, clean: str, support: Support) -> None:
        stop = re.search(r"[.!?…。]+[\"'”’»)\]]*$", clean)
        body, tail = (clean[: stop.start()], stop.group()) if stop else (clean, ".")
        self.text += (" " if self.text else "") + body + " "
        for quote in support.quotes:
            number = self.numbers.setdefault(quote, len(self.numbers) + 1)
            start = len(self.text)
            self.text += f"[{number}]"
            self.citations.append(
                Citation(number, start, len(self.text), quote.source, quote.page, quote.start, quote.end, quote.text)
            )
        self.text += tail
        self.shown += 1

    def state(self) -> Composed:
        return replace(
            self.base,
            text=self.text,
            citations=tuple(self.citations),
            dropped=tuple(self.dropped),
            shown=self.shown,
            written_tokens=self.tokens,
        )

    @property
    def full(self) -> bool:
        return self.shown >= MOST_SENTENCES or self.repeats > MOST_REPEATS or len(self.dropped) > 2 * MOST_SENTENCES


def verified(
    written: Iterator[str], support: Sequence[Source], base: Composed | None = None, voter: Voter | None = None
) -> Iterator[Composed]:
    """Yield the answer each time a sentence of ``written`` has been judged; stop a model that rambles."""
    page = _Page(support, base or Composed(), voter)
    waiting, heard = "", ""
    for piece in written:
        waiting += piece
        heard += piece
        page.tokens = tokens(heard)
        ready, waiting = whole_sentences(waiting)
        for sentence in ready:
            page.take(sentence)
            yield page.state()
            if page.full:
                return
    for sentence in whole_sentences(waiting, ended=True)[0]:
        page.take(sentence)
    yield page.state()
