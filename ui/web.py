"""The chat page on a port: `ui/blocks.py` lays it out, `ui/desk.py` answers, `ui/routes.py` has its own addresses.

In: a house, a host, a port. Out: a page that answers, also while models load and documents are read. It loads nothing
from elsewhere and tells nobody anything; who may ask is `ui/guard.py`'s matter. It prints nothing: ``ready`` is told
the address.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ui.door import Door

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ui.desk import Desk
    from ui.doors.alone import Running
    from ui.house import House
    from ui.intake import Intake

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
# In this order: each may use what the ones before it bring.
SCRIPTS = (
    "ground",
    "turns",
    "sources",
    "printed",
    "reader",
    "shelf",
    "upload",
    "history",
    "composer",
    "events",
    "start",
)
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


def launch(
    house: House, *, host: str, port: int, intake: Intake | None = None, door: Door | None = None
) -> tuple[Running, str]:
    """Start serving in the background; return the page and its address. ``port`` 0 takes a free one."""
    from ui.doors.alone import Running, bound

    found = bound(host, port)
    quiet_environment()
    from ui.blocks import build
    from ui.desk import Desk
    from ui.doors.server import Beside, doors
    from ui.guard import Guard

    door = door or Door()
    desk = Desk(house, intake=intake)
    page = build(desk, door)
    guarded = Guard(
        _application(desk, page), host, proxies=house.settings.proxies, functions=frozenset(page.fns), door=door
    )
    both = Beside(guarded, doors(lambda: house.engine, house.settings.library, host, desk.intake))
    served = Running(both, host, port, found=found, ending=desk.close).start()
    return served, f"{served.address}/"


def _application(desk: Desk, page: Any) -> FastAPI:
    """Our own routes, and Gradio for everything else."""
    import gradio as gr
    from fastapi import FastAPI
    from starlette.responses import PlainTextResponse

    from ui.blocks import VISITORS_AT_ONCE
    from ui.routes import routes
    from ui.sense import NoSense

    page.queue(default_concurrency_limit=VISITORS_AT_ONCE, max_size=64, api_open=False)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(NoSense, lambda _, error: PlainTextResponse(str(error), getattr(error, "status", 400)))
    app.router.routes.extend(routes(desk))
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        max_file_size=1,
        show_error=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        head=_head(),
        app_kwargs={"docs_url": None, "redoc_url": None},
    )
    return app


def _head() -> str:
    """Style and script in the head: Gradio would rewrite a style given as ``css`` and lose shorthands on the way."""
    style = "".join((HERE / f"{name}.css").read_text(encoding="utf-8") for name in ("page", "parts"))
    script = "".join((HERE / "script" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    return (
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f'<link rel="icon" type="image/svg+xml" sizes="any" href="data:image/svg+xml,{quote(ICON)}">'
        f"<style>{style}</style><script>{script}</script>"
    )


def serve(
    house: House,
    *,
    host: str,
    port: int,
    intake: Intake | None = None,
    door: Door | None = None,
    open_browser: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the page until the process is interrupted. ``ready`` is told the address once it answers."""
    page, address = launch(house, host=host, port=port, intake=intake, door=door)
    log.info("serving on %s", address)
    if ready is not None:
        ready(address)
    if open_browser:
        webbrowser.open(address)
    try:
        threading.Event().wait()
    finally:
        page.close()
