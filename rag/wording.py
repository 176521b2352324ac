"""What was found, said: a draft, a table's result or a refusal becomes an `Answer`, each sentence with its footnote.

In: what was found and what was made of it. Out: an `Answer` in the documents' own words. It searches nothing and
chooses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag import answer as answers
from rag.judge import disagree, newest, told_times
from rag.judge.highlight import highlights
from rag.judge.polarity import polarity
from rag.library import Library
from rag.messages import say
from rag.retrieve import Found
from rag.tables.answer import Declined
from rag.tables.say import Told
from rag.types import Answer, Highlight
from rag.verify import Source, verify

# Passages of a refusal whose documents are told of where they were not read whole.
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Wording:
    """Says what was found in one library; ``top_k`` passages go with each answer."""

    library: Library
    top_k: int

    def extract(self, question: str, alone: str, found: Found, made: answers.Draft) -> Answer:
        """Answer with the documents' own sentences, each through the same door as a model's."""
        passages = tuple(hit.public() for hit in made.hits[: self.top_k])
        shared = Answer(question, alone, "", made.refused, round(made.confidence, 4), (), passages, reason=made.reason)
        held = [e for e in made.evidence if verify(e.text, [Source.of(e.passage, (e.span,))])]
        if made.refused or not held:
            return replace(shared, text=self._refusal(alone, found), refused=True, notes=self._partly(found))
        if made.compared and len(held) == len(made.evidence):
            written, side = answers.footnoted(held, compared=made.compared), made.compared.split(":")[0]
            answer = replace(shared, text=written.text, citations=written.citations, caution=made.caution)
            return self.noted(replace(answer, highlights=(Highlight(0, len(side), side),), short=side))
        when = told_times.answer(found, held[0])
        evidence = answers.reading_order(held)
        if when:  # "December 2023:" belongs before the sentence that says "last December"
            evidence.sort(key=lambda e: e is not held[0])
        opening = when or ("" if made.disagreement else polarity(found.question, held[0]))
        written = answers.footnoted(evidence, opening)
        marks = highlights(found.question, written.text, written.spans[evidence.index(held[0])], held[0])
        if when:
            marks = (Highlight(0, len(when) - 1, when[:-1]),)
        said = "" if when else opening.removesuffix(":").lower()  # "yes" or "no" is the answer before any words of it
        short = said or (marks[0].text if len(marks) == 1 else None)
        answer = replace(
            shared, text=written.text, citations=written.citations, caution=made.caution, highlights=marks, short=short
        )
        new = newest.note(found, held[0])
        return self.noted(replace(answer, disagreement=made.disagreement, notes=(new,) if new else ()))

    def tabled(self, question: str, alone: str, found: Found, told: Told | Declined) -> Answer:
        """Say what a table comes to, or refuse what only a table could answer and no plan is sure of."""
        passages = tuple(hit.public() for hit in found.hits[: self.top_k])
        shared = Answer(question, alone, "", True, 0.0, (), passages)
        if isinstance(told, Declined):
            shared = replace(shared, reason=told.reason, notes=self._partly(found), table=told.table)
            return replace(shared, text=self._refusal(alone, found))
        return replace(
            shared, text=told.text, refused=False, confidence=round(told.confidence, 4), citations=told.citations,
            highlights=told.highlights, short=told.short or None, notes=(told.table.way,), table=told.table,
            caution=bool(told.doubt), reason=told.doubt,
        )  # fmt: skip

    def noted(self, answer: Answer) -> Answer:
        """Say beside the footnotes what "last December" stands for, and which footnotes disagree."""
        dates = self.library.dates({c.source for c in answer.citations})
        cited = tuple(replace(c, note=told_times.means(c.quote, dates.get(c.source))) for c in answer.citations)
        return replace(answer, citations=cited, disagreement=disagree.numbered(answer.disagreement, cited))

    def _partly(self, found: Found) -> tuple[str, ...]:
        """Say which of the nearest documents were not read whole: what is asked may stand in what was not."""
        language = found.question.voice or found.question.language
        near = dict.fromkeys(hit.stored.passage.source for hit in found.hits[:NEAREST])
        left = ((s, self.library.document(s).metadata.get("unread")) for s in near)
        return tuple(say("partly", language, source=s, what=what) for s, what in left if what)

    def _refusal(self, alone: str, found: Found) -> str:
        documents = self.library.counts()[0] if found.within is None else len(found.within)
        passages = found.passages if found.within is None else len(self.library.ids_within(found.within))
        language = found.question.voice or found.question.language
        name = "refusal_one" if documents == 1 else "refusal"
        return say(name, language, documents=documents, passages=passages, question=alone)
