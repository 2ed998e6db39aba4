"""The few MCP messages that the doctor sends. Pure."""

import json
from typing import Any

STATELESS, SESSIONS = "2026-07-28", "2025-11-25"
_META = "io.modelcontextprotocol/"


def stateless(method: str, params: dict[str, Any] | None = None) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a request that stands alone (2026-07-28)."""
    meta = {f"{_META}protocolVersion": STATELESS, f"{_META}clientCapabilities": {}}
    headers = {"MCP-Protocol-Version": STATELESS, "Mcp-Method": method}
    return headers, _body(method, {**(params or {}), "_meta": meta})


def initialize() -> bytes:
    """Return the body of the first request of a session (2025-11-25)."""
    info = {"name": "mcphub doctor", "version": "1"}
    params = {"protocolVersion": SESSIONS, "capabilities": {}, "clientInfo": info}
    return _body("initialize", params)


def _body(method: str, params: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
