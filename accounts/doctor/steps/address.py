"""Is the address reached at all, and is it one of an MCP server?"""

import re
from email.utils import parsedate_to_datetime
from time import time
from urllib.parse import urljoin, urlsplit

from accounts.doctor.case import JSON, Case
from accounts.doctor.findings import Failed, shown
from accounts.doctor.messages import stateless
from accounts.doctor.web import Answer, is_loopback

MOST_HOPS = 5
SKEW_SECONDS = 60
HOST_WORDS = ("host is not served", "disallowedhost", "invalid http_host")
HOST_STATUS = frozenset({400, 403, 421})
HUB_PATH = re.compile(r"/mcp/[a-z0-9][a-z0-9-]{0,62}")


def reach(case: Case) -> str:
    """Send one request without a token, and look at who answers."""
    headers, body = stateless("server/discover")
    answer = case.first = case.web.send("POST", case.url, {**JSON, **headers}, body)
    if answer.header("location") and 300 <= answer.status < 400:
        raise _redirected(case, answer)
    _refuse_what_is_no_server(case, answer)
    if urlsplit(case.url).scheme == "http" and not is_loopback(case.url):
        case.remark("plain_http", case.base)
    _compare_clocks(case, answer)
    return f"{case.base} answers"


def _refuse_what_is_no_server(case: Case, answer: Answer) -> None:
    """Raise Failed for an answer that no MCP server gives to a stranger."""
    words, where = answer.text[:4096].lower(), urlsplit(case.url)
    is_rpc = "jsonrpc" in (answer.document or {})
    streamed = answer.header("content-type").startswith("text/event-stream")
    if answer.status in HOST_STATUS and any(each in words for each in HOST_WORDS):
        raise Failed("host_refused", where.netloc)
    if answer.status == 401 or is_rpc or streamed:
        return
    if answer.status == 404 or not HUB_PATH.fullmatch(where.path):
        raise Failed("wrong_path", shown([answer.status, where.path or "/"]))
    if answer.status == 403:
        raise Failed("forbidden", answer.said)
    raise Failed("not_mcp", shown([answer.status, answer.header("content-type")]))


def _redirected(case: Case, answer: Answer) -> Failed:
    """Return what is wrong with an address that sends clients on."""
    seen, at = [case.url], urljoin(case.url, answer.header("location"))
    while len(seen) <= MOST_HOPS and urlsplit(at).scheme in ("http", "https"):
        if at in seen:
            return Failed("redirect_loop", shown([*seen, at]))
        seen.append(at)
        following = case.web.send("GET", at)
        if not (following.header("location") and 300 <= following.status < 400):
            return Failed("redirected", shown([answer.status, "to", at]))
        at = urljoin(at, following.header("location"))
    return Failed("redirect_loop", shown(seen))


def _compare_clocks(case: Case, answer: Answer) -> None:
    """Note clocks that are far apart."""
    try:
        theirs = parsedate_to_datetime(answer.header("date")).timestamp()
    except (TypeError, ValueError):
        return
    if abs(theirs - time()) > SKEW_SECONDS:
        case.remark("clock_skewed", f"{theirs - time():+.0f} s")
