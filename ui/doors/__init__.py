"""The doors for programs: our own API, OpenAI's and Anthropic's, and MCP, on one port beside the page."""
