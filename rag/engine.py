"""One turn: stand-alone question, retrieve, answer, verify. It keeps no conversation; the caller owns the history.

In: a question and past turns. Out: an `Answer`, or a stream of them whose last item is the whole. It is a LlamaIndex
`CustomQueryEngine`, so it drops into a router or an agent.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from llama_index.core.base.response.schema import Response
from llama_index.core.llms import LLM
from llama_index.core.query_engine import CustomQueryEngine
from pydantic import PrivateAttr

from rag import answer as answers
from rag import claims
from rag.asked.followup import SearchQuery, rewrite, search_queries
from rag.asked.question import analyse
from rag.asked.wrapping import Wish, unwrapped
from rag.catalogue.replies import Catalogue
from rag.config import Settings
from rag.errors import RagError
from rag.judge import compare, disagree, lists, numbered, premise, published, timely, topic, twins
from rag.library import Library, StoredPassage
from rag.llama import PassageRetriever, as_node
from rag.messages import say
from rag.models import Embedder, load_embedder
from rag.reading.reader import Reader, load_reader
from rag.recognised import labelled
from rag.rerank import Reranker, load_reranker
from rag.retrieve import Found, search
from rag.store.damage import vouched
from rag.tables import answer as tables
from rag.types import Answer, Evidence, Retrieved, Scope, Turn
from rag.vote import Voter, load_voter
from rag.wording import Wording
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
    _catalogue: Catalogue = PrivateAttr()
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
        engine._catalogue = Catalogue(engine._library)
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

    def writing(self, llm: LLM, name: str) -> Engine:
        """Return an engine with the same library, for which another language model writes."""
        other = self.model_copy()
        other._llm, other._writer = llm, name
        return other

    @property
    def writer(self) -> str:
        """Who writes: "none" for the documents' own sentences, else the language model."""
        return self._writer if self._llm is not None else "none"

    def ask(self, question: str, history: Sequence[Turn] = (), *, scope: Scope | None = None) -> Answer:
        """Answer one question; ``history`` holds past turns, oldest first. The last item of `stream`.

        ``scope`` bounds the documents that may answer.
        """
        *_, last = self.stream(question, history, scope=scope)
        return last

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, scope: Scope | None = None, write: bool = True
    ) -> Generator[Answer, None, None]:
        """Yield the answer as it grows; with a language model, the documents' own sentences come first.

        With ``write=False`` they are all of it, whatever model the engine has.
        Raises `RagError` for an empty question and `ScopeError` where no document fits ``scope``. Closing the iterator
        stops the model.
        """
        with closing(self._turn(question, history, scope, write=write)) as turn:
            for answer in vouched(turn, self._library):
                yield labelled(answer, self._library)

    def _turn(
        self, question: str, history: Sequence[Turn], scope: Scope | None, *, write: bool
    ) -> Generator[Answer, None, None]:
        if not question.strip():
            raise RagError("the question is empty; type one, for example: rag ask 'What is this about?'")
        wish = unwrapped(question.strip())
        past = list(history)[-self._settings.history_turns :] if self._settings.history_turns else []
        newest = [replace(turn, question=unwrapped(turn.question).question) for turn in past]
        by_rules = rewrite(wish.question, newest)
        within = self._catalogue.admitted(scope) if scope else None
        told = self._catalogue.reply(question, by_rules.text, within, wish.most)
        if told:
            yield told
            return
        looked = _Look(question, by_rules.text, newest, by_rules.asks, within, wish)
        found = self._looked(looked)
        yield found[0]
        if self._llm is None or not write:
            return
        if newest and self._settings.rewrite == "model" and by_rules.why != "social":
            again = self._asked_again(*found, looked)
            for found in again:
                yield found[0]
        if not found[0].refused and found[1]:  # what was reckoned is not written anew
            yield from self._compose(*found)

    def _looked(self, look: _Look) -> tuple[Answer, Sequence[Evidence]]:
        """Search where the question says to look; everywhere, where that is in doubt and does not answer."""
        inside = self._catalogue.inside(look.alone)
        if inside is None:
            return self._evidence(look)
        both = inside.sources if look.within is None else inside.sources & look.within
        found = self._evidence(replace(look, asks=inside.question, within=both or look.within))
        return found if inside.firm or not found[0].refused else self._evidence(look)

    def _evidence(self, look: _Look) -> tuple[Answer, Sequence[Evidence]]:
        """Search for the stand-alone question; return the documents' own answer, and what a model may read."""
        started = time.perf_counter()
        asked, alone = look.wish.question, look.alone
        queries = search_queries(asked, look.history, alone) if look.history else ()
        found = self._find(look.asks or alone, self._settings.candidates, queries, look.within)
        retrieved = time.perf_counter()
        extract, evidence = self._answered(look, found)
        timings = {
            "retrieve_ms": round(1000 * (retrieved - started), 2),
            "answer_ms": round(1000 * (time.perf_counter() - retrieved), 2),
        }
        return replace(extract, timings=timings), evidence

    @property
    def _wording(self) -> Wording:
        return Wording(self._library, self._settings.top_k)

    def _answered(self, look: _Look, found: Found) -> tuple[Answer, Sequence[Evidence]]:
        """Answer from a table by a plan, by comparing two sides, or with the documents' own sentences."""
        told = None if self._certain(found) else tables.answer(found, self._library)
        if told is not None:
            return self._wording.tabled(look.question, look.alone, found, told), ()
        compared = compare.both_sides(found, partial(self._side, found.within), self._library)
        made, cut = (compared, "") if compared else self._whole(look, found)
        extract = self._wording.extract(look.question, look.alone, found, made)
        unmet = tuple(say(f"no_{name}", found.question.language) for name in look.wish.unmet)
        notes = (*extract.notes, *unmet, *([cut] if cut else []))
        return extract if extract.refused else replace(extract, notes=notes), made.wider or made.evidence

    def _whole(self, look: _Look, found: Found) -> tuple[answers.Draft, str]:
        """Draft the answer; a list is told whole, with a word on what was cut, unless a length was asked for."""
        most = look.wish.most
        made = disagree.both_shown(found, self._draft(found, most=most))
        if made.confidence == answers.CERTAIN:
            return made, ""
        put_right = premise.corrected(found, made)
        if put_right:
            return put_right, ""
        return (made, "") if most else lists.whole(found, made, self._library)

    def _certain(self, found: Found) -> tuple[Evidence, ...]:
        """What is found by rule and needs no judgement: a document's own date, what stands under a number."""
        return published.dated(found, self._library) or numbered.said_under(found, self._library)

    def _draft(self, found: Found, *, steps: bool = True, most: int = 0) -> answers.Draft:
        sure = self._certain(found)
        if sure:
            return answers.certain(found, sure)
        settings = self._settings
        if most:
            settings = replace(settings, max_sentences=min(most, settings.max_sentences))
        made = answers.draft(found, self._library, self._embedder, settings, self._reader, steps)
        return topic.summed_up(found, made, self._library)

    def _side(
        self, within: frozenset[str] | None, question: str, of: Callable[[StoredPassage], bool]
    ) -> tuple[Found, answers.Draft]:
        """Search and read for one side of a question that compares, in the passages ``of`` it alone."""
        one = self._find(question, self._settings.candidates, within=within)
        one = replace(one, hits=tuple(h for h in one.hits if of(h.stored)))
        return one, self._draft(one, steps=False)

    def _asked_again(
        self, extract: Answer, evidence: Sequence[Evidence], look: _Look
    ) -> Iterator[tuple[Answer, Sequence[Evidence]]]:
        """Let the language model make the question stand alone; search again where it made another one of it."""
        if self._llm is None:
            return
        started = time.perf_counter()
        made = Rewrite(extract.standalone_question)
        with closing(rewritten(self._llm, extract.question.strip(), look.history, made.text)) as states:
            for made in states:
                if made.ahead:
                    yield replace(extract, ahead=made.ahead), evidence
        spent = {"rewrite_ms": round(1000 * (time.perf_counter() - started), 2)}
        if made.by == "model" and made.text != extract.standalone_question:
            extract, evidence = self._looked(replace(look, alone=made.text, asks=""))
        yield replace(extract, timings={**extract.timings, **spent}, rewriter=made.by), evidence

    def search(self, question: str, k: int = 10, *, scope: Scope | None = None) -> list[Retrieved]:
        """Return the ``k`` best passages of the documents that ``scope`` admits, best first."""
        candidates = max(k, self._settings.candidates)
        found = self._find(question, candidates, within=self._catalogue.admitted(scope) if scope else None)
        return [hit.public() for hit in found.hits[:k]]

    def judge(self, claim: str, before: str = "", *, scope: Scope | None = None) -> claims.Judgement:
        """Hold one sentence of any text against the library; ``before`` is the sentence that its "it" may lean on.

        No language model is asked.
        """
        asked = analyse(claims.searched(claim, before))
        within = self._catalogue.admitted(scope) if scope else None
        found = search(self._library, self._embedder, asked, self._settings.candidates, within=within)
        return claims.judged(claim, [h.stored for h in found.hits], before)

    def _find(
        self,
        question: str,
        candidates: int,
        queries: Sequence[SearchQuery] = (),
        within: frozenset[str] | None = None,
    ) -> Found:
        """Search; copies stand behind one passage, and a time that the question sets brings its passages forward."""
        asked = analyse(question)
        found = search(self._library, self._embedder, asked, candidates, queries, self._reranker, within)
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
        return self._wording.noted(written)


@dataclass(frozen=True, slots=True)
class _Look:
    """What is looked for: as typed, made to stand alone, with the turns before, and where.

    ``asks`` is what sentences are held against, where ``alone`` only helps to find them. ``within`` are the documents
    that may answer, None for all; ``wish`` is the question out of its wrapping.
    """

    question: str
    alone: str
    history: Sequence[Turn]
    asks: str
    within: frozenset[str] | None
    wish: Wish
