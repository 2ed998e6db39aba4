"""Codex's app server, by which editors use it: tools of its MCP servers are called without a model."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

INFO = {"name": "tests", "version": "1"}


class AppServer:
    """A running one, spoken to in JSON a line."""

    def __init__(self, words: Sequence[str], environ: Mapping[str, str], folder: Path) -> None:
        self._process = subprocess.Popen(
            words,
            env=environ,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._number = 0

    def __enter__(self) -> "AppServer":
        """Begin a conversation, in which its servers are connected."""
        self.ask("initialize", {"clientInfo": INFO, "capabilities": {"experimentalApi": True}})
        self._send({"method": "initialized"})
        self._thread = self.ask("thread/start", {"ephemeral": True})["result"]["thread"]["id"]
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Be gone: it ends with its input."""
        self._process.communicate()

    def call(self, server: str, tool: str, arguments: dict[str, Any]) -> dict[str, str]:
        """Call a tool of an MCP server; return what came of it."""
        named = {"server": server, "tool": tool, "arguments": arguments}
        answer = self.ask("mcpServer/tool/call", {"threadId": self._thread, **named})
        if "error" in answer:
            return {"error": answer["error"]["message"]}
        return {"text": answer["result"]["content"][0]["text"]}

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return its answer."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message: dict[str, Any] = json.loads(line)
            if message.get("id") == self._number and "method" not in message:
                return message
        raise EOFError(method)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
