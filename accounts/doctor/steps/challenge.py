"""Is a client without a token told that it needs one, and where to get it? (RFC 9728 section 5.1)"""

import re

from accounts.doctor.case import JSON, Case
from accounts.doctor.findings import Failed, shown
from accounts.doctor.web import Answer

PARAMETER = re.compile(r'([a-zA-Z_]+)="((?:[^"\\]|\\.)*)"')


def challenge(case: Case) -> str:
    """Read the 401 of the first request, and of a GET."""
    assert case.first is not None  # the step before keeps it
    if case.first.status != 401:
        case.public = True
        return "this server is public: it needs no token"
    said = _said(case.first)
    case.pointer, case.scope = said["resource_metadata"], said.get("scope", "")
    if not case.scope:
        case.remark("scope_unnamed")
    _compare_with_get(case)
    return f"401 names {case.pointer}" + (f", scope {case.scope}" if case.scope else "")


def parameters(answer: Answer) -> dict[str, str] | None:
    """Return the parameters of a Bearer challenge (RFC 9110 section 11.6.1), None if there is none."""
    header = answer.header("www-authenticate")
    begin = re.search(r"(?:^|[\s,])bearer(?:\s|$)", header, re.IGNORECASE)
    return dict(PARAMETER.findall(header[begin.end() :])) if begin else None


def _said(answer: Answer) -> dict[str, str]:
    """Return what a 401 says; raises Failed for one that leads nowhere."""
    if not answer.header("www-authenticate"):
        raise Failed("challenge_missing")
    said = parameters(answer)
    if said is None:
        raise Failed("challenge_foreign", shown([answer.header("www-authenticate")]))
    if not said.get("resource_metadata", "").startswith(("http://", "https://")):
        raise Failed("pointer_missing", shown([answer.header("www-authenticate")]))
    return said


def _compare_with_get(case: Case) -> None:
    """Note a GET that is not told the same: some clients begin with it."""
    headers = {"Accept": "text/event-stream"}
    answer = case.web.send("GET", case.url, {**JSON, **headers})
    said = parameters(answer) or {}
    if answer.status != 401 or said.get("resource_metadata") != case.pointer:
        case.fault("challenge_differs", "GET", answer.status, answer.header("www-authenticate"))
