"""MCP, asked by the official client: over streamable HTTP on the server, and over the pipes of `rag mcp`."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from mcp import MCPError, StdioServerParameters
from mcp.client import Client
from mcp.types import TextResourceContents

from tests.doors_support import ABSENT, QUESTION, Served, served
from tests.support import offline_environment
from ui.doors.desk import Counter
from ui.doors.gate import Gate
from ui.doors.mcp_door import server as mcp_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("mcp")) as found:
        yield found


async def _called(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def _walk(server: Served) -> None:
    library = server.engine.library
    async with Client(f"{server.base}/mcp") as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"ask", "search", "list_documents", "open_quote", "check_claim"}
        assert all(
            tool.output_schema and tool.annotations and tool.annotations.read_only_hint for tool in tools.values()
        )
        answer = await _called(client, "ask", question=QUESTION)
        cited = answer["citations"][0]
        assert "412,000" in answer["text"]
        assert library.text(cited["source"])[cited["quote_start"] : cited["quote_end"]] == cited["quote"]
        where = {key: cited[key] for key in ("source", "quote_start", "quote_end")}
        opened = await _called(client, "open_quote", **where)
        assert opened["quote"] == cited["quote"]
        assert library.text("ferry.txt").startswith(opened["before"])
        refused = await _called(client, "ask", question=ABSENT)
        assert refused["refused"]
        assert refused["citations"] == []
        assert [p["source"] for p in (await _called(client, "search", query="a worn bearing", k=1))["passages"]]
        claim = await _called(client, "check_claim", claim="The Alma holds 180 passengers and 60 cars.")
        assert (claim["verdict"], claim["unsaid_words"], claim["said"]) == ("contradicted", ["60"], "40")
        sources = [d["source"] for d in (await _called(client, "list_documents"))["documents"]]
        assert sources == ["ferry.txt", "memo.txt", "museum.txt"]
        failed = await client.call_tool("open_quote", {"source": "absent.txt", "quote_start": 0, "quote_end": 1})
        assert failed.is_error
        read = (await client.read_resource("footnote://documents/memo.txt")).contents[0]
        assert isinstance(read, TextResourceContents)
        assert read.text == library.text("memo.txt")
        listed = (await client.read_resource("footnote://documents")).contents[0]
        assert isinstance(listed, TextResourceContents)
        assert [d["source"] for d in json.loads(listed.text)["documents"]] == sources
        with pytest.raises(MCPError):
            await client.read_resource("footnote://documents/../../etc/passwd")


def test_every_tool_and_resource_over_http(server: Served) -> None:
    asyncio.run(_walk(server))


def test_the_logging_of_the_process_is_left_alone(server: Served) -> None:
    root = logging.getLogger()
    kept, root.handlers[:] = list(root.handlers), []  # pytest's own would keep anyone from setting it up
    try:
        mcp_server(Counter(lambda: server.engine, Gate(server.tokens, "127.0.0.1")))
        assert root.handlers == []
    finally:
        root.handlers[:] = kept


def test_another_site_and_another_host_are_refused(server: Served) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    for headers, status in (({"origin": "https://evil.example"}, 403), ({"host": "evil.example"}, 400)):
        assert httpx.post(f"{server.base}/mcp", json=body, headers=headers).status_code == status


def test_a_host_that_starts_the_command_is_answered(server: Served) -> None:
    arguments = ["-m", "ui.cli", "mcp", "--library", server.engine.settings.library]
    started = StdioServerParameters(command=sys.executable, args=arguments, env=offline_environment())

    async def greet() -> list[str]:
        async with Client(started) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert "check_claim" in asyncio.run(greet())
