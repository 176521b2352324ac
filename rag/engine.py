"""One turn: stand-alone question, retrieve, answer, verify. It keeps no conversation; the caller owns the history.

In: a question and past turns. Out: an `Answer`, or a stream of them whose last item is the whole. It is a LlamaIndex
`CustomQueryEngine`, so it drops into a router or an agent.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from llama_index.core.base.response.schema import Response
from llama_index.core.llms import LLM
from llama_index.core.query_engine import CustomQueryEngine
from pydantic import PrivateAttr

from rag import answer as answers
from rag.asked.followup import SearchQuery, rewrite, search_queries
from rag.asked.question import analyse
from rag.config import Settings
from rag.errors import RagError
from rag.judge import disagree, newest, published, timely, twins
from rag.judge.highlight import highlights
from rag.judge.overview import overview
from rag.judge.polarity import polarity
from rag.library import Library
from rag.llama import PassageRetriever, as_node
from rag.messages import say
from rag.models import Embedder, load_embedder
from rag.reading.reader import Reader, load_reader
from rag.rerank import Reranker, load_reranker
from rag.retrieve import Found, search
from rag.types import Answer, Evidence, Highlight, Retrieved, Turn
from rag.verify import Source, verify
from rag.vote import Voter, load_voter
from rag.write.compose import Composed, compose_answer
from rag.write.llm import load_llm
from rag.write.prompt import evidence_budget
from rag.write.rewrite import Rewrite, rewritten


class Engine(CustomQueryEngine):
    """Answers questions from one library. Stateless and safe to share between threads.

    Open it with `Engine.open`; ``ask`` and ``stream`` are the face of this library, ``query`` is LlamaIndex's.
    """

    _settings: Settings = PrivateAttr()
    _library: Library = PrivateAttr()
    _embedder: Embedder = PrivateAttr()
    _reader: Reader | None = PrivateAttr(default=None)
    _reranker: Reranker | None = PrivateAttr(default=None)
    _voter: Voter | None = PrivateAttr(default=None)
    _llm: LLM | None = PrivateAttr(default=None)
    _writer: str = PrivateAttr(default="none")

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        llm: LLM | None = None,
        embedder: Embedder | None = None,
        reader: Reader | None = None,
    ) -> Engine:
        """Open the library and the models that ``settings`` name; an object may stand in for a model's spec.

        Raises `LibraryError` when there is no library, `FingerprintMismatch` when it was built with another
        embedding model and `ModelError` when a model cannot be loaded.
        """
        Library.open(settings.library).close()  # a missing library is told before a model is loaded
        engine = cls()
        engine._settings = settings
        engine._embedder = embedder or load_embedder(settings)
        engine._library = Library.open(settings.library, engine._embedder.fingerprint)
        engine._reader = reader or load_reader(settings)
        engine._reranker = load_reranker(settings)
        engine._voter = load_voter(settings)
        engine._llm = llm or load_llm(settings.llm, settings)
        engine._writer = settings.llm if llm is None else llm.metadata.model_name
        return engine

    @property
    def settings(self) -> Settings:
        """The settings this engine was opened with."""
        return self._settings

    @property
    def library(self) -> Library:
        """The library it answers from."""
        return self._library

    def over(self, library: Library) -> Engine:
        """Return an engine with the same models over another view of the library."""
        other = self.model_copy()
        other._library = library
        return other

    @property
    def writer(self) -> str:
        """Who writes: "none" for the documents' own sentences, else the language model."""
        return self._writer if self._llm is not None else "none"

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answer one question; ``history`` holds past turns, oldest first. The last item of `stream`."""
        *_, last = self.stream(question, history)
        return last

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, write: bool = True
    ) -> Generator[Answer, None, None]:
        """Yield the answer as it grows; with a language model, the documents' own sentences come first.

        With ``write=False`` they are all of it, whatever model the engine has.
        Raises `RagError` for an empty question. Closing the iterator stops the model.
        """
        if not question.strip():
            raise RagError("the question is empty; type one, for example: rag ask 'What is this about?'")
        newest = list(history)[-self._settings.history_turns :] if self._settings.history_turns else []
        by_rules = rewrite(question.strip(), newest)
        found = self._evidence(question, by_rules.text, newest, by_rules.asks)
        yield found[0]
        if self._llm is None or not write:
            return
        if newest and self._settings.rewrite == "model" and by_rules.why != "social":
            again = self._asked_again(*found, newest)
            for found in again:
                yield found[0]
        if not found[0].refused:
            yield from self._compose(*found)

    def _evidence(
        self, question: str, alone: str, history: Sequence[Turn], asks: str = ""
    ) -> tuple[Answer, Sequence[Evidence]]:
        """Search for the stand-alone question; return the documents' own answer, and what a model may read.

        ``asks`` is what sentences are held against, where ``alone`` only helps to find them.
        """
        started = time.perf_counter()
        queries = search_queries(question.strip(), history, alone) if history else ()
        found = self._find(asks or alone, self._settings.candidates, queries)
        retrieved = time.perf_counter()
        sure = published.dated(found, self._library) or overview(found, self._library)
        made = (
            answers.certain(found, sure)
            if sure
            else answers.draft(found, self._library, self._embedder, self._settings, self._reader)
        )
        made = disagree.both_shown(found, made)
        extract = self._extract(question, alone, found, made)
        timings = {
            "retrieve_ms": round(1000 * (retrieved - started), 2),
            "answer_ms": round(1000 * (time.perf_counter() - retrieved), 2),
        }
        return replace(extract, timings=timings), made.wider or made.evidence

    def _asked_again(
        self, extract: Answer, evidence: Sequence[Evidence], history: Sequence[Turn]
    ) -> Iterator[tuple[Answer, Sequence[Evidence]]]:
        """Let the language model make the question stand alone; search again where it made another one of it."""
        if self._llm is None:
            return
        started = time.perf_counter()
        made = Rewrite(extract.standalone_question)
        with closing(rewritten(self._llm, extract.question.strip(), history, made.text)) as states:
            for made in states:
                if made.ahead:
                    yield replace(extract, ahead=made.ahead), evidence
        spent = {"rewrite_ms": round(1000 * (time.perf_counter() - started), 2)}
        if made.by == "model" and made.text != extract.standalone_question:
            extract, evidence = self._evidence(extract.question, made.text, history)
        yield replace(extract, timings={**extract.timings, **spent}, rewriter=made.by), evidence

    def search(self, question: str, k: int = 10) -> list[Retrieved]:
        """Return the ``k`` best passages, best first."""
        candidates = max(k, self._settings.candidates)
        found = self._find(question, candidates)
        return [hit.public() for hit in found.hits[:k]]

    def _find(self, question: str, candidates: int, queries: Sequence[SearchQuery] = ()) -> Found:
        """Search; copies stand behind one passage, and a time that the question sets brings its passages forward."""
        found = search(self._library, self._embedder, analyse(question), candidates, queries, self._reranker)
        return timely.promoted(twins.collapsed(timely.placed(found, self._library, datetime.date.today())))

    def as_retriever(self, k: int | None = None) -> PassageRetriever:
        """Return this engine's search as a LlamaIndex retriever of ``k`` passages."""
        return PassageRetriever(self, k or self._settings.top_k)

    def custom_query(self, query_str: str) -> Response:
        """LlamaIndex's door: the answer's text, its passages as source nodes, the citations as metadata."""
        result = self.ask(query_str)
        nodes = [as_node(r) for r in result.passages]
        metadata: dict[str, Any] = {"answer": result, "refused": result.refused, "confidence": result.confidence}
        return Response(response=result.text, source_nodes=nodes, metadata=metadata)

    def _extract(self, question: str, alone: str, found: Found, made: answers.Draft) -> Answer:
        """Answer with the documents' own sentences, each through the same door as a model's."""
        passages = tuple(hit.public() for hit in made.hits[: self._settings.top_k])
        shared = Answer(question, alone, "", made.refused, round(made.confidence, 4), (), passages, reason=made.reason)
        held = [e for e in made.evidence if verify(e.text, [Source.of(e.passage, (e.span,))])]
        if made.refused or not held:
            return replace(shared, text=self._refusal(alone, found), refused=True)
        when = timely.answer(found, held[0])
        evidence = answers.reading_order(held)
        if when:  # "December 2023:" belongs before the sentence that says "last December"
            evidence.sort(key=lambda e: e is not held[0])
        opening = when or ("" if made.disagreement else polarity(found.question, held[0]))
        written = answers.footnoted(evidence, opening)
        marks = highlights(found.question, written.text, written.spans[evidence.index(held[0])], held[0])
        if when:
            marks = (Highlight(0, len(when) - 1, when[:-1]),)
        answer = replace(shared, text=written.text, citations=written.citations, caution=made.caution, highlights=marks)
        new = newest.note(found, held[0])
        return self._noted(replace(answer, disagreement=made.disagreement, notes=(new,) if new else ()))

    def _noted(self, answer: Answer) -> Answer:
        """Say beside the footnotes what "last December" stands for, and which footnotes disagree."""
        dates = self._library.dates({c.source for c in answer.citations})
        cited = tuple(replace(c, note=timely.means(c.quote, dates.get(c.source))) for c in answer.citations)
        return replace(answer, citations=cited, disagreement=disagree.numbered(answer.disagreement, cited))

    def _compose(self, extract: Answer, evidence: Sequence[Evidence]) -> Iterator[Answer]:
        """Let the language model write, and show what of it holds; else the extract again, with the reason."""
        if self._llm is None:
            return
        started = time.perf_counter()
        last, question = Composed(error="the model wrote nothing"), extract.standalone_question
        states = compose_answer(
            self._llm,
            question,
            evidence,
            budget_tokens=evidence_budget(self._settings.llm_context, question),
            seconds=self._settings.llm_timeout,
            voter=self._voter,
        )
        waited = False
        with closing(states):
            for last in states:
                if last.ahead or (waited and not last.text):
                    yield replace(extract, ahead=last.ahead)
                elif last.text and not last.done:
                    yield self._composed(extract, last)
                waited = bool(last.ahead)
        timings = {**extract.timings, "compose_ms": round(1000 * (time.perf_counter() - started), 2)}
        if last.usable:
            yield replace(self._composed(extract, last), timings=timings)
        else:
            yield replace(
                extract,
                timings=timings,
                writer="extractive",
                reason="; ".join(filter(None, (extract.reason, last.why_not))),
                dropped=last.dropped,
                usage=last.usage,
            )

    def _composed(self, extract: Answer, state: Composed) -> Answer:
        written = replace(
            extract,
            text=state.text,
            citations=state.citations,
            highlights=(),
            writer=self._writer,
            dropped=state.dropped,
            usage=state.usage,
        )
        return self._noted(written)

    def _refusal(self, alone: str, found: Found) -> str:
        documents, _ = self._library.counts()
        language = found.question.voice or found.question.language
        name = "refusal_one" if documents == 1 else "refusal"
        return say(name, language, documents=documents, passages=found.passages, question=alone)
