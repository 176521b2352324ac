"""The layout of the chat page in Gradio Blocks, and which event calls what.

In: a desk. Out: `gr.Blocks`. Every value that reaches ``gr.HTML`` was made by `ui/markup.py`, which escapes. A
visitor's turns live in that visitor's session state. Import it through `ui/web.py`, which silences Gradio first.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import gradio as gr

from ui.desk import MOST_CHARACTERS, Desk, Exchange
from ui.markup import escape, writers_html

POLL_SECONDS = 4
VISITORS_AT_ONCE = 4
# Where a model writes, most of them only wait for it: each is shown its evidence, and told how many are ahead.
WAITING_AT_ONCE = 24

MASTHEAD = '<header class="brand"><h1>Footnote<sup aria-hidden="true">1</sup></h1></header>'
FRESH = '<button type="button" class="fresh" disabled>New<span class="wide-only"> conversation</span></button>'
WELCOME = (
    '<section class="welcome"><h2>Ask your documents.</h2>'
    "<p>Every sentence of an answer carries a footnote that opens the exact words it stands on. "
    "What the documents do not say, Footnote does not say either.</p></section>"
)
TURNS = '<div id="turns" role="region" aria-label="Conversation"></div><p id="said" role="status"></p>'
PANE_HEAD = (
    '<div class="pane-head"><h2>Sources</h2><span class="pane-tools">'
    '<button type="button" class="shelf-button" data-shelf hidden>All documents</button>'
    '<button type="button" class="close-button" data-close aria-label="Close the sources">Close</button></span></div>'
)


def build(desk: Desk) -> gr.Blocks:
    """The page, not yet served."""
    page: gr.Blocks = gr.Blocks(title="Footnote", fill_width=True, analytics_enabled=False)
    with page:
        turns = gr.State([])
        seen = gr.State(-1)
        write = gr.State(True)
        with gr.Row(elem_id="masthead"):
            _html(MASTHEAD)
            status = _html("", elem_id="status")
            if desk.engine.writer != "none":
                _html(writers_html(desk.engine.writer), elem_id="writers")
            _html(FRESH, elem_id="fresh")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="conversation"):
                with gr.Column(elem_id="talk"):
                    _html(WELCOME)
                    examples = _html("", elem_id="examples")
                    _html(TURNS)
                with gr.Row(elem_id="composer"):
                    question = gr.Textbox(
                        elem_id="question",
                        label="Your question",
                        show_label=False,
                        placeholder="Ask a question",
                        lines=1,
                        max_lines=6,
                        max_length=MOST_CHARACTERS,
                        autofocus=True,
                        container=False,
                    )
                    ask = gr.Button("Ask", elem_id="ask", variant="primary")
                    stop = gr.Button("Stop", elem_id="stop")
            with gr.Column(elem_id="sources"):
                _html(PANE_HEAD)
                pane = _html("", elem_id="pane", js="watch('value', () => footnote.opened(element));")
                printed = _html("", elem_id="printed", js="watch('value', () => footnote.printed(element));")
                shelf = _html("", elem_id="shelf", js="watch('value', () => footnote.filter());")
        # Carries one turn to the script, and draws nothing itself: a turn travels once, however long the talk is.
        wire = _html("", elem_id="wire", template="", js="watch('value', () => footnote.turn(props.value));")
        bell = _html("", elem_id="bell", template="", js=_bell())
        _connect_asking(desk, question, ask, stop, wire, turns, bell, write)
        _connect_sources(desk, pane, printed, turns, bell)
        _connect_library(page, desk, [status, shelf], examples, seen)
    return page


def _html(value: str, *, elem_id: str | None = None, template: str = "${value}", js: str | None = None) -> Any:
    return gr.HTML(value, elem_id=elem_id, html_template=template, js_on_load=js, apply_default_css=False)


def _bell() -> str:
    """The events that the script raises; Gradio finds their names in this text."""
    return (
        "footnote.start({open: d => trigger('open', d), print: d => trigger('print', d), "
        "ask: d => trigger('ask', d), fresh: () => trigger('fresh'), write: d => trigger('write', d)});"
    )


def _connect_asking(
    desk: Desk, question: Any, ask: Any, stop: Any, wire: Any, turns: Any, bell: Any, write: Any
) -> None:
    def typed(text: str, kept: list[Exchange], may_write: bool) -> Iterator[tuple[Any, ...]]:
        box: Any = ""  # emptied once: what is typed while the answer grows must stay
        for html, now in desk.ask(text, kept, write=may_write):
            yield html, now, box
            box = gr.skip()

    def chosen(kept: list[Exchange], may_write: bool, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        yield from desk.ask(str(event.question), kept, write=may_write)

    def choose(event: gr.EventData) -> bool:
        return str(event.by) != "none"

    common: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    at_once = VISITORS_AT_ONCE if desk.engine.writer == "none" else WAITING_AT_ONCE
    work: dict[str, Any] = {"concurrency_limit": at_once, "concurrency_id": "ask"}
    first = gr.on(
        [question.submit, ask.click], typed, [question, turns, write], [wire, turns, question], **common, **work
    )
    second = bell.ask(chosen, [turns, write], [wire, turns], **common, **work)
    bell.write(choose, None, [write], queue=False, show_progress="hidden", api_visibility="private")
    stop.click(None, cancels=[first, second], api_visibility="private")
    bell.fresh(
        lambda: ([], ""),
        None,
        [turns, wire],
        cancels=[first, second],
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    )


def _connect_sources(desk: Desk, pane: Any, printed: Any, turns: Any, bell: Any) -> None:
    def opened(kept: list[Exchange], event: gr.EventData) -> str:
        ref = str(event.ref)
        return _fresh(ref, desk.open(ref, kept, _number(event, "window")))

    def drawn(kept: list[Exchange], event: gr.EventData) -> str:
        ref = str(event.ref)
        return _fresh(ref, desk.printed(ref, kept, _number(event, "page")))

    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    bell.open(opened, [turns], [pane], trigger_mode="multiple", **quiet)
    bell.print(drawn, [turns], [printed], trigger_mode="multiple", **quiet)


def _number(event: gr.EventData, name: str) -> int:
    value = event._data.get(name, 0)
    return value if isinstance(value, int) else 0


def _fresh(ref: str, html: str) -> str:
    """The token makes every opening news to the script, also of what is there already."""
    return f'<div data-ref="{escape(ref)}" data-token="{secrets.token_hex(4)}">{html}</div>'


def _connect_library(page: gr.Blocks, desk: Desk, outputs: list[Any], examples: Any, seen: Any) -> None:
    def look(generation: int) -> tuple[Any, ...]:
        now = desk.generation()
        return (gr.skip(),) * 3 if now == generation else (desk.status(), desk.shelf(), now)

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
    page.load(look, [seen], [*outputs, seen], **quiet)
    gr.Timer(POLL_SECONDS).tick(look, [seen], [*outputs, seen], **quiet)
    page.load(
        desk.examples, None, [examples], **quiet
    )  # apart: they are asked before they are offered, status waits not
