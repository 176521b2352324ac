"""The layout of the chat page in Gradio Blocks, and which event calls what.

In: a desk. Out: `gr.Blocks`. Every value that reaches ``gr.HTML`` was made by `ui/markup.py`, which escapes. A
visitor's turns are looked up by the visitor's cookie and the conversation's id (`ui/talks.py`), so nothing is kept in
Gradio's session. Import it through `ui/web.py`, which silences Gradio first.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from rag.errors import RagError
from ui.desk import MOST_CHARACTERS, Desk
from ui.door import Door
from ui.frame import BANNER, BAR, BELOW, DRAWER, DROP, MASTHEAD, PANE_HEAD, SHELF, TURNS, WELCOME
from ui.intake import MOST_WAITING
from ui.markup import escape, writers_html
from ui.source_page import notice_html
from ui.talks import Exchange

VISITORS_AT_ONCE = 4
# Where a model writes, most of them only wait for it: each is shown its evidence, and told how many are ahead.
WAITING_AT_ONCE = 24
MOST_IN_SCOPE = 200


def build(desk: Desk, door: Door) -> gr.Blocks:
    """The page, not yet served."""
    page: gr.Blocks = gr.Blocks(title="Footnote", fill_width=True, analytics_enabled=False)
    writer = desk.house.settings.llm if desk.house.engine is None else desk.house.engine.writer
    with page:
        with gr.Row(elem_id="masthead"):
            _html(MASTHEAD)
            _html('<div id="status" role="status"></div>', elem_id="state")
            if writer != "none":
                _html(writers_html(writer), elem_id="writers")
            _html(BAR, elem_id="bar")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="conversation"):
                with gr.Column(elem_id="talk"):
                    _html(WELCOME)
                    _html(TURNS)
                _html(BANNER, elem_id="banner")
                with gr.Row(elem_id="composer"):
                    gr.Textbox(
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
                    gr.Button("Ask", elem_id="ask", variant="primary")
                    stop = gr.Button("Stop", elem_id="stop")
                _html(BELOW, elem_id="below")
            with gr.Column(elem_id="sources"):
                _html(PANE_HEAD)
                pane = _html("", elem_id="pane", js="watch('value', () => footnote.opened(element));")
                printed = _html("", elem_id="printed", js="watch('value', () => footnote.printed(element));")
                _html(SHELF, elem_id="shelf")
        _html(DRAWER + DROP, elem_id="drawers")
        # Carries one turn to the script, and draws nothing itself: a turn travels once, however long the talk is.
        wire = _html("", elem_id="wire", template="", js="watch('value', () => footnote.turn(props.value));")
        bell = _html("", elem_id="bell", template="", js=_bell())
        _connect_asking(_Asking(desk, door), writer != "none", stop, wire, bell)
        _connect_sources(desk, door, pane, printed, bell)
    return page


def _html(value: str, *, elem_id: str | None = None, template: str = "${value}", js: str | None = None) -> Any:
    return gr.HTML(value, elem_id=elem_id, html_template=template, js_on_load=js, apply_default_css=False)


def _bell() -> str:
    """The events that the script raises; Gradio finds their names in this text."""
    return (
        "footnote.start({open: d => trigger('open', d), print: d => trigger('print', d), "
        "ask: d => trigger('ask', d), fresh: () => trigger('fresh')});"
    )


class _Asking:
    """A question that the script sent, and the conversation that its answer is kept in."""

    def __init__(self, desk: Desk, door: Door) -> None:
        self.desk = desk
        self.door = door

    def asked(self, event: gr.EventData, request: gr.Request) -> Iterator[str]:
        """Yield the turn's HTML as it grows; the finished turn is kept before it is shown."""
        told = event._data
        visitor, talk = visitor_of(self.door, request), _text(told, "talk")
        turns = self.desk.talks.turns(visitor, talk) if visitor else []
        growing = self.desk.ask(
            _text(told, "question"), turns, write=told.get("write") is not False, inside=_texts(told, "inside"),
            coming=min(max(0, _number(event, "coming")), MOST_WAITING),
        )  # fmt: skip
        for html, now in growing:
            if len(now) > len(turns):
                yield html + self._kept(visitor, talk, now[-1], private=told.get("private") is True)
            else:
                yield html

    def _kept(self, visitor: str, talk: str, turn: Exchange, *, private: bool) -> str:
        """Keep a turn; say under it where that cannot be done."""
        try:
            if not visitor:
                raise RagError("your browser keeps no cookie of this page")
            self.desk.talks.keep(visitor, talk, turn, private=private)
        except RagError as error:
            return notice_html(f"This conversation is not kept: {error}")
        return ""


def _connect_asking(asking: _Asking, written: bool, stop: Any, wire: Any, bell: Any) -> None:
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    at_once = WAITING_AT_ONCE if written else VISITORS_AT_ONCE
    work: dict[str, Any] = {"concurrency_limit": at_once, "concurrency_id": "ask", "trigger_mode": "multiple"}
    growing = bell.ask(asking.asked, None, [wire], **quiet, **work)
    stop.click(None, cancels=[growing], api_visibility="private")
    bell.fresh(lambda: "", None, [wire], cancels=[growing], queue=False, **quiet)


def _connect_sources(desk: Desk, door: Door, pane: Any, printed: Any, bell: Any) -> None:
    def turns(event: gr.EventData, request: gr.Request) -> Sequence[Exchange]:
        return desk.talks.turns(visitor_of(door, request), _text(event._data, "talk"))

    def opened(event: gr.EventData, request: gr.Request) -> str:
        ref = _text(event._data, "ref")
        return _fresh(ref, desk.open(ref, turns(event, request), _number(event, "window")))

    def drawn(event: gr.EventData, request: gr.Request) -> str:
        ref = _text(event._data, "ref")
        return _fresh(ref, desk.printed(ref, turns(event, request), _number(event, "page")))

    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    bell.open(opened, None, [pane], trigger_mode="multiple", **quiet)
    bell.print(drawn, None, [printed], trigger_mode="multiple", **quiet)


def visitor_of(door: Door, request: gr.Request) -> str:
    """The visitor of an event, by the cookie that came with it."""
    return door.visitor_of(str(request.headers.get("cookie", "")))


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name, "")
    return value if isinstance(value, str) else ""


def _texts(told: dict[str, Any], name: str) -> list[str]:
    value = told.get(name, [])
    return [one for one in value if isinstance(one, str)][:MOST_IN_SCOPE] if isinstance(value, list) else []


def _number(event: gr.EventData, name: str) -> int:
    value = event._data.get(name, 0)
    return value if isinstance(value, int) else 0


def _fresh(ref: str, html: str) -> str:
    """The token makes every opening news to the script, also of what is there already."""
    return f'<div data-ref="{escape(ref)}" data-token="{secrets.token_hex(4)}">{html}</div>'
