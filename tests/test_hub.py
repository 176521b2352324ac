"""A model file of the hub: fetched once with a bar, its checksum compared, from a hub on loopback."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rag.hub import is_hub_name
from tests.support import ROOT, offline_environment

BODY = b"GGUF" + bytes(range(256)) * 4000
FETCH = """
import sys
from rag.config import Settings
from rag.errors import ModelError
from rag.hub import offline_environment
from rag.write.gguf import find_file
offline_environment("minilm", "none", "none", "gguf:own/repo/tiny.gguf")
import sentence_transformers  # the hub's client has read its environment
try:
    print(find_file("own/repo/tiny.gguf").read_bytes()[:4])
except ModelError as error:
    sys.exit(str(error))
"""


class Hub(BaseHTTPRequestHandler):
    """Serves one file as the hub does, with the SHA-256 as its mark."""

    body = BODY
    asked: list[str] = []  # noqa: RUF012 (one server a test)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._head()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self._head()
        self.wfile.write(self.body)

    def _head(self) -> None:
        known = self.path.endswith("/own/repo/resolve/main/tiny.gguf") or "/resolve/" in self.path
        self.send_response(200 if known and "tiny.gguf" in self.path else 404)
        for name, value in {
            "X-Repo-Commit": "a" * 40,
            "ETag": f'"{hashlib.sha256(BODY).hexdigest()}"',
            "Content-Length": str(len(self.body)),
        }.items():
            self.send_header(name, value)
        self.end_headers()


@pytest.fixture
def hub() -> Iterator[type[Hub]]:
    """A hub of this test's own; ``hub.address`` is where it listens."""
    handler = type("OneHub", (Hub,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    handler.address = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    yield handler
    server.shutdown()
    server.server_close()


def fetched(hub: type[Hub], home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    env = {**offline_environment(), "HF_ENDPOINT": hub.address, "HF_HOME": str(home)}  # type: ignore[attr-defined]
    env["PYTHONPATH"] = os.pathsep.join([env["PYTHONPATH"], str(ROOT)])
    for name in ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_PROGRESS_BARS"):
        env.pop(name, None)
    return subprocess.run(
        [sys.executable, "-c", FETCH], env={**env, **more}, capture_output=True, text=True, timeout=200, check=False
    )


def test_a_file_is_fetched_once_though_other_models_are_local(hub: type[Hub], tmp_path: Path) -> None:
    first = fetched(hub, tmp_path)
    assert (first.returncode, first.stdout.strip()) == (0, "b'GGUF'"), first.stderr
    assert "tiny.gguf" in first.stderr  # the bar
    assert "100%" in first.stderr
    again = fetched(hub, tmp_path)
    assert again.returncode == 0, again.stderr
    assert len(hub.asked) == 1


def test_a_file_that_arrives_damaged_is_told_and_not_kept(hub: type[Hub], tmp_path: Path) -> None:
    hub.body = BODY[:-1] + b"!"
    first = fetched(hub, tmp_path)
    assert "arrived damaged" in first.stderr
    hub.body = BODY
    assert fetched(hub, tmp_path).returncode == 0


def test_who_forbids_the_hub_is_obeyed(hub: type[Hub], tmp_path: Path) -> None:
    refused = fetched(hub, tmp_path, HF_HUB_OFFLINE="1")
    assert "could not be fetched" in refused.stderr
    assert "write gguf:PATH" in refused.stderr
    assert hub.asked == []


def test_what_is_a_name_of_the_hub(tmp_path: Path) -> None:
    assert is_hub_name("org/model")
    assert is_hub_name("gguf:org/model/file.gguf")
    for spec in ("minilm", "none", f"gguf:{tmp_path}/x.gguf", str(tmp_path), "./model/x", "openai:m@http://h/v1"):
        assert not is_hub_name(spec)


def test_the_engine_imports_no_hub_client_before_its_environment_is_set() -> None:
    """The client reads its environment once, when it is imported: bars and network would come back otherwise."""
    code = "import sys, rag.engine, rag.rerank, rag.vote; sys.exit('huggingface_hub' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
