"""Is a code exchanged for a token, and the token renewed? Without a person: does the endpoint answer?"""

import secrets
from typing import Any

from accounts.doctor.case import REDIRECT, Case
from accounts.doctor.findings import Failed, Skipped, shown
from accounts.doctor.web import Answer


def token(case: Case) -> str:
    """Redeem the code and renew the token once; without a code, see that a made-up one is refused."""
    if case.public:
        raise Skipped("not needed: the server is public")
    if case.token:
        raise Skipped("not needed: a token was given")
    text = _exchange(case) if case.code else _probe(case)
    case.check_preflight(case.preflight(case.endpoint("token_endpoint")))
    return text


def _exchange(case: Case) -> str:
    """Redeem the code and renew the token; return what was got."""
    given = _grant(case, _code(case, case.code), "token_refused")
    _take(case, given)
    scope = given.get("scope", "")
    if not case.refresh_token:
        return shown(["got a token, scope", scope, "(none to renew it with)"])
    renewal = {
        "grant_type": "refresh_token",
        "refresh_token": case.refresh_token,
        "resource": case.resource,
    }
    _take(case, _grant(case, renewal, "refresh_refused"))
    return shown(
        ["got a token, scope", scope, f"for {given.get('expires_in', '?')} s, and renewed it"]
    )


def hand_back(case: Case) -> str:
    """Revoke what the walk was given (RFC 7009)."""
    endpoint = case.endpoint("revocation_endpoint")
    if not case.own_token:
        raise Skipped("nothing to hand back")
    if not endpoint:
        raise Failed("revocation_failed", "the metadata names no revocation_endpoint")
    answer = case.post_form(endpoint, {"token": case.refresh_token or case.token})
    if answer.status != 200:
        raise Failed("revocation_failed", answer.said)
    return "the doctor's tokens are revoked"


def _code(case: Case, code: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": case.verifier,
        "resource": case.resource,
    }


def _probe(case: Case) -> str:
    """See that the endpoint refuses a made-up code as it should."""
    answer = _ask(case, _code(case, secrets.token_urlsafe(16)))
    error = (answer.document or {}).get("error")
    if answer.status not in (400, 401) or not isinstance(error, str):
        raise Failed("token_unreadable", shown([answer.status, answer.header("content-type")]))
    return f"answers: it refuses a made-up code with {shown([error])}"


def _grant(case: Case, fields: dict[str, str], refused: str) -> dict[str, Any]:
    """Return what a token request gave; raises Failed."""
    answer = _ask(case, fields)
    document = answer.document
    if document is None:
        raise Failed("token_unreadable", shown([answer.status, answer.header("content-type")]))
    if answer.status != 200:
        raise Failed(refused, answer.said)
    if not isinstance(document.get("access_token"), str):
        raise Failed("token_unreadable", "there is no access_token")
    return document


def _ask(case: Case, fields: dict[str, str]) -> Answer:
    answer = case.post_form(case.endpoint("token_endpoint"), fields)
    if answer.status == 404:
        raise Failed("token_unreadable", shown([404, answer.url]))
    if answer.document is not None:  # else something else answered, and is told as that
        case.check_cors(answer)
        case.check_storing(answer)
    return answer


def _take(case: Case, given: dict[str, Any]) -> None:
    """Keep what was given, to use and to hand it back."""
    case.token, case.own_token = given["access_token"], True
    renewal = given.get("refresh_token")
    case.refresh_token = renewal if isinstance(renewal, str) else case.refresh_token
