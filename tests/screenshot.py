"""Takes the picture of the chat page that the README shows: ``python -m tests.screenshot [QUESTION]``.

In: the sample corpus and the real engine. Out: docs/images/chat.png.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from ingest.pipeline import ingest
from rag.config import Settings
from rag.engine import Engine
from rag.models import load_embedder
from ui.house import House
from ui.web import launch

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "Who asked the United States for support, and when?"


def main(question: str) -> None:
    """Ingest the sample into a temporary library, ask, click nothing, take the picture."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(environ={}, library=str(Path(folder) / "library"))
        embedder = load_embedder(settings)
        ingest([ROOT / "seeds"], settings.library, embedder, settings=settings)
        served, address = launch(House.of(Engine.open(settings, embedder=embedder)), host="127.0.0.1", port=0)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(address)
            page.wait_for_selector("#status b")
            page.locator("#question textarea").fill(question)
            page.keyboard.press("Enter")
            page.wait_for_selector(".turn:not([aria-busy]) sup.fn")
            page.wait_for_selector("#pane mark")
            page.wait_for_timeout(1000)
            page.screenshot(path=ROOT / "docs" / "images" / "chat.png")
            browser.close()
        served.close()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or QUESTION)
