"""What is said beside an answer: that documents disagree, how new the newest is, which others say the same.

In: the frozen values of `rag/types.py`. Out: plain lines of text, which each rendering escapes. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Answer, Citation, Passage

MOST_COPIES = 5


def asides(answer: Answer) -> list[str]:
    """The lines to read right below the answer."""
    return [line for line in (disagreement(answer), *answer.notes) if line]


def disagreement(answer: Answer) -> str:
    """Who states what where documents disagree, newest first, "" where none does.

    A difference inside one document is told as that.
    """
    if answer.refused or not answer.disagreement:
        return ""
    said = []
    for one in answer.disagreement:
        when = f" ({one.date})" if one.date else ""
        said.append(f"{one.source}{when} says {one.value}" + (f" [{one.number}]" if one.number else ""))
    several = len({one.source for one in answer.disagreement}) > 1
    return f"{'The documents disagree' if several else 'The document disagrees with itself'}: {'; '.join(said)}."


def also_in(answer: Answer, citation: Citation) -> str:
    """ "Also in: b.txt, c.txt" for a footnote whose passage stands for others that say the same."""
    for found in answer.passages:
        passage = found.passage
        inside = passage.start <= citation.quote_start and citation.quote_end <= passage.end
        if passage.source == citation.source and inside:
            return copies(found.also)
    return ""


def copies(also: Sequence[Passage]) -> str:
    """Name the documents of passages that say the same, the first few."""
    names = list(dict.fromkeys(p.source + (f", p. {p.page}" if p.page else "") for p in also))
    if not names:
        return ""
    rest = f" and {len(names) - MOST_COPIES} more" if len(names) > MOST_COPIES else ""
    return f"Also in: {', '.join(names[:MOST_COPIES])}{rest}"


def beside(answer: Answer, citation: Citation) -> list[str]:
    """The lines to read below one footnote: what its dates stand for, and where else it is said."""
    return [line for line in (citation.note, also_in(answer, citation)) if line]
