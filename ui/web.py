"""The chat page on a port: `ui/blocks.py` lays it out, `ui/desk.py` answers, `page.css` and `page.js` are its look.

In: an engine, a host, a port. Out: a page that answers. It loads nothing from elsewhere and tells nobody anything; who
may ask is `ui/guard.py`'s matter. It prints nothing: ``ready`` is told the address.
"""

from __future__ import annotations

import atexit
import errno
import logging
import os
import shutil
import socket
import tempfile
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from rag.errors import RagError
from ui.guard import Guard

if TYPE_CHECKING:
    import gradio as gr

    from rag.engine import Engine

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='7' fill='#a2391c'/>"
    "<g fill='#fff' font-weight='700'><text x='6' y='25' font-family='Georgia,serif' font-size='23'>F</text>"
    "<text x='21' y='14' font-family='sans-serif' font-size='12'>1</text></g></svg>"
)


def quiet_environment() -> None:
    """Before Gradio is imported: no analytics, no hub, no uploads in a place that others read."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    if "GRADIO_TEMP_DIR" not in os.environ:
        private = tempfile.mkdtemp(prefix="footnote-")
        os.environ["GRADIO_TEMP_DIR"] = private
        atexit.register(shutil.rmtree, private, ignore_errors=True)


def launch(engine: Engine, *, host: str, port: int) -> tuple[gr.Blocks, str]:
    """Start serving in the background; return the page and its address. ``port`` 0 takes a free one."""
    port = _free_port(host, port)
    quiet_environment()
    import gradio as gr
    from starlette.middleware import Middleware

    from ui.blocks import VISITORS_AT_ONCE, build
    from ui.desk import Desk
    from ui.doors.server import Beside, doors
    from ui.page_picture import route

    sans, mono = ["system-ui", "sans-serif"], ["ui-monospace", "monospace"]
    desk = Desk(engine)
    page = build(desk)
    page.queue(default_concurrency_limit=VISITORS_AT_ONCE, max_size=64, api_open=False)
    _, address, _ = page.launch(
        server_name=host,
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        inbrowser=False,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        max_file_size=1,
        state_session_capacity=1000,
        theme=gr.themes.Base(font=sans, font_mono=mono),
        head=_head(),
        app_kwargs={
            "middleware": [
                Middleware(Beside, doors=doors(lambda: engine, engine.settings.library, host)),
                Middleware(Guard, host=host),
            ],
            "routes": [route(desk.pictures)],
            "docs_url": None,
            "redoc_url": None,
        },
    )
    return page, str(address)


def _head() -> str:
    """Style and script in the head: Gradio would rewrite a style given as ``css`` and lose shorthands on the way."""
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    return (
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f'<link rel="icon" type="image/svg+xml" sizes="any" href="data:image/svg+xml,{quote(ICON)}">'
        f"<style>{style}</style><script>{script}</script>"
    )


def _free_port(host: str, port: int) -> int:
    """The port, after binding it once: Gradio's own complaint would not say what to type."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise RagError(f"port {port} is in use; choose another with `rag serve --port {port + 1}`") from error
            raise RagError(f"cannot serve on {host}:{port}: {error}; try `rag serve --host 127.0.0.1`") from error
        return int(probe.getsockname()[1])


def serve(
    engine: Engine,
    *,
    host: str,
    port: int,
    open_browser: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the page until the process is interrupted. ``ready`` is told the address once it answers."""
    page, address = launch(engine, host=host, port=port)
    log.info("serving on %s", address)
    if ready is not None:
        ready(address)
    if open_browser:
        webbrowser.open(address)
    try:
        threading.Event().wait()
    finally:
        page.close(verbose=False)
