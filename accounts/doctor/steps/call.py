"""Does a call go through, with its token and its headers, and do streams arrive as they are sent?"""

from accounts.doctor.case import JSON, Case
from accounts.doctor.findings import Failed, Skipped, shown
from accounts.doctor.messages import SESSIONS, initialize, stateless
from accounts.doctor.steps.challenge import parameters
from accounts.doctor.web import Answer

STREAM_SECONDS = 5.0
"""How long the first event of a stream may take, which leaves the hub at once."""
HEADER_MISMATCH, STATELESS_UNKNOWN = -32020, -32022


def call(case: Case) -> str:
    """List the tools, open a session, and listen."""
    if not case.public and not case.token:
        raise Skipped("needs a token: give --token TOKEN or --user NAME")
    tools = _tools(case)
    _ask_beforehand(case)
    _open_session(case)
    _listen(case)
    return f"{len(tools)} tools listed" if len(tools) != 1 else "1 tool listed"


def _tools(case: Case) -> list[object]:
    """Return the first page of the list of tools; raises Failed."""
    headers, body = stateless("tools/list")
    answer = case.web.send("POST", case.url, {**JSON, **headers, **case.bearer}, body)
    _refuse_status(answer)
    document = answer.document or {}
    error, result = document.get("error"), document.get("result")
    if isinstance(error, dict):
        stripped = error.get("code") == HEADER_MISMATCH
        raise Failed("headers_stripped" if stripped else "call_refused", answer.said)
    tools = result.get("tools") if isinstance(result, dict) else None
    if not isinstance(tools, list):
        raise Failed("call_refused", shown([answer.status, answer.header("content-type")]))
    return tools


def _refuse_status(answer: Answer) -> None:
    """Raise Failed for a token that does not arrive, or does not open the server."""
    if answer.status == 401:
        said = parameters(answer)
        shown_none = said is not None and "error" not in said
        raise Failed("authorization_stripped" if shown_none else "token_rejected", answer.said)
    if answer.status == 403:
        lacking = (parameters(answer) or {}).get("error") == "insufficient_scope"
        raise Failed("scope_lacking" if lacking else "forbidden", answer.said)


def _ask_beforehand(case: Case) -> None:
    """Note a preflight that does not reach the hub.

    It names the hub's own origin: the hub notes a page that nobody listed, and there is none. Under another
    name than it knows itself by it refuses that too, in its own words.
    """
    answer = case.preflight(case.url, case.base)
    if not (200 <= answer.status < 300 or "jsonrpc" in (answer.document or {})):
        case.fault("preflight_refused", "OPTIONS", answer.url, answer.status)


def _open_session(case: Case) -> None:
    """Open a session as clients of 2025-11-25 do, and end it."""
    answer = case.web.send("POST", case.url, {**JSON, **case.bearer}, initialize())
    if answer.status != 200:
        raise Failed("call_refused", shown(["initialize:", answer.said]))
    session = answer.header("mcp-session-id")
    if not session:
        return case.fault("session_stripped")
    headers = {"Mcp-Session-Id": session, "MCP-Protocol-Version": SESSIONS, **case.bearer}
    case.web.send("DELETE", case.url, {**JSON, **headers})
    return None


def _listen(case: Case) -> None:
    """Note a stream whose first event does not come while it is open."""
    wanted = {"notifications": {"toolsListChanged": True}}
    headers, body = stateless("subscriptions/listen", wanted)
    sent = {**JSON, "Accept": "text/event-stream, application/json", **headers, **case.bearer}
    seconds = min(STREAM_SECONDS, case.web.seconds)
    try:
        status, first = case.web.first_bytes(case.url, sent, body, seconds)
    except Failed as error:
        if error.code != "timeout":
            raise
        return case.fault("streams_buffered", f"nothing came within {seconds:g} s")
    if status == 200 and not first:
        case.fault("streams_buffered", "the stream ended at once")
    return None
