"""Redirect addresses: which may be registered, and whether one that is asked for fits. Pure.

https anywhere; http on loopback alone (RFC 8252 section 7.3); a private scheme (section 7.1) if the
operator listed it. Addresses are compared as text, character by character (RFC 9700 section 2.1). Of
loopback addresses the port alone is free, since a program takes the one that it gets; scheme, name,
path and query must be the same, and localhost is not 127.0.0.1. None holds a parameter of the answer
that is put into it.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from urllib.parse import parse_qsl

from accounts.https_url import read_https

LONGEST = 2000
MOST = 10
LOOPBACK = frozenset({"127.0.0.1", "[::1]", "localhost"})
NEVER = frozenset(
    {
        *("about", "blob", "chrome", "data", "feed", "file", "filesystem", "ftp", "ftps"),
        *("http", "https", "intent", "jar", "javascript", "mailto", "resource", "sms", "tel"),
        *("vbscript", "view-source", "ws", "wss"),
    }
)
"""Schemes that no setting makes redirect addresses: a browser itself does something with them."""
ANSWER = frozenset({"code", "state", "iss", "error", "error_description", "error_uri", "response"})
"""Parameters of an answer, which a redirect address's own query must not hold (RFC 9207 section 2)."""
SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,59}")

_PART = r"(?:[A-Za-z0-9\-._~:/?!$&'()+,;=@]|%[0-9A-Fa-f]{2})"
_LOOPBACK = re.compile(
    r"http://(?P<host>127\.0\.0\.1|\[::1\]|localhost)(?::(?P<port>[1-9][0-9]{0,4}))?"
    rf"(?P<rest>(?:[/?]{_PART}*)?)"
)
_PRIVATE = re.compile(
    rf"(?P<scheme>[a-z][a-z0-9+.-]*):(?://[A-Za-z0-9._-]+(?::[0-9]{{1,5}})?(?:[/?]{_PART}*)?"
    rf"|/(?!/){_PART}*)"
)


def problem_of(uri: object, private: Collection[str] = ()) -> str:
    """Return in one sentence why this is no redirect address, or nothing if it is one.

    `private` are the schemes that the operator lists.
    """
    if not isinstance(uri, str) or not uri:
        return "A redirect address is a text."
    if len(uri) > LONGEST:
        return f"A redirect address has at most {LONGEST} characters."
    sound = "*" not in uri and (
        read_https(uri) or _is_loopback_http(uri) or _is_private(uri, private)
    )
    if not sound:
        return _why_not(uri)
    return "A redirect address holds no parameter of the answer." if holds_answer(uri) else ""


def problem_of_all(uris: Sequence[object], private: Collection[str] = ()) -> str:
    """Return in one sentence what is wrong with a client's redirect addresses, or nothing."""
    if not uris:
        return "A client needs at least one redirect address."
    if len(uris) > MOST:
        return f"A client has at most {MOST} redirect addresses."
    return next((problem for uri in uris if (problem := problem_of(uri, private))), "")


def usable(uris: Iterable[object], private: Collection[str] = ()) -> list[str]:
    """Return those of some addresses that a client can have here, and no more than it may have.

    Of loopback addresses that differ in the port one is enough, since any port fits it.
    """
    found: dict[object, str] = {}
    for uri in uris:
        if isinstance(uri, str) and not problem_of(uri, private):
            found.setdefault(_without_port(uri) or uri, uri)
    return list(found.values())[:MOST]


def holds_answer(uri: str) -> bool:
    """Tell whether an address's query holds what only the hub may put there."""
    own = uri.partition("?")[2]
    return not ANSWER.isdisjoint(name for name, _ in parse_qsl(own, keep_blank_values=True))


def whole_address(uris: Sequence[str]) -> str:
    """Return the address to go back to when none is asked for: the only one there is, or nothing.

    A loopback address without a port stands for many.
    """
    if len(uris) != 1:
        return ""
    match = _LOOPBACK.fullmatch(uris[0])
    return "" if match and not match["port"] else uris[0]


def fits(requested: str, registered: Iterable[str], private: Collection[str] = ()) -> bool:
    """Tell whether a client may be sent to `requested`, having registered these addresses.

    Judged again by the rules of now: a scheme that is no longer listed leads nowhere.
    """
    if problem_of(requested, private):
        return False
    wanted = _without_port(requested)
    return any(requested == uri or (wanted and wanted == _without_port(uri)) for uri in registered)


def host_of(uri: str) -> str:
    """Return the host that an address leads to, for pages and policies; of a private scheme "cursor:".

    A port is not part of it. A name in another script stays in its ASCII form, which cannot be taken
    for a name of Latin letters.
    """
    url = read_https(uri)
    if url is not None:
        return f"[{url.host}]" if ":" in url.host else url.host
    if match := _LOOPBACK.fullmatch(uri):
        return match["host"]
    scheme, colon, _ = uri.partition(":")
    return f"{scheme}:" if colon and is_private_scheme(scheme) else ""


def is_private_scheme(text: str) -> bool:
    """Tell whether this is a scheme that an operator may list."""
    return SCHEME.fullmatch(text) is not None and text not in NEVER


def hosts_of(uris: Iterable[str]) -> list[str]:
    """Return the hosts that a client's addresses lead to, each once, in their order."""
    return list(dict.fromkeys(host_of(uri) for uri in uris))


def is_loopback(uri: str) -> bool:
    """Tell whether an address leads to a program on the person's own machine."""
    return host_of(uri) in LOOPBACK


def may_return_to(uri: str, hosts: Collection[str]) -> bool:
    """Tell whether an address leads to one of an admin's hosts; 127.0.0.1 there is all of loopback."""
    host = host_of(uri)
    return host in hosts or (host in LOOPBACK and not LOOPBACK.isdisjoint(hosts))


def _is_loopback_http(uri: str) -> bool:
    """Tell whether this is a sound http address on loopback."""
    match = _LOOPBACK.fullmatch(uri)
    return match is not None and int(match["port"] or 80) <= 65535


def _is_private(uri: str, private: Collection[str]) -> bool:
    """Tell whether this is an address of a scheme that the operator lists."""
    match = _PRIVATE.fullmatch(uri)
    scheme = match["scheme"] if match else ""
    return scheme in private and is_private_scheme(scheme)


def _without_port(uri: str) -> tuple[str, str] | None:
    """Return what of a loopback address has to be the same; None for any other."""
    match = _LOOPBACK.fullmatch(uri)
    return (match["host"], match["rest"]) if match and _is_loopback_http(uri) else None


def _why_not(uri: str) -> str:
    """Return a sentence that helps with what is wrong most often."""
    scheme = uri.partition(":")[0].lower()
    reasons = (
        ("#" in uri, "A redirect address has no fragment (#)."),
        ("*" in uri, "A redirect address has no wildcard: it is compared as it stands."),
        (re.search(r"[^!-~]|\\", uri), "A redirect address holds a character that is not allowed."),
        ("@" in uri.partition("://")[2].partition("/")[0], "A redirect address has no user info."),
        (scheme == "http", "http is for 127.0.0.1, [::1] and localhost; everything else is https."),
        (scheme == "https", "This is no https address that every program reads alike."),
    )
    unlisted = "A redirect address begins with https://, or with a scheme that this hub lists."
    return next((sentence for holds, sentence in reasons if holds), unlisted)
