"""Can a client make itself known? (RFC 7591)"""

import json

from accounts.doctor.case import ELSEWHERE, REDIRECT, Case
from accounts.doctor.findings import Failed, Skipped, shown

ABOUT = {
    "client_name": "mcphub doctor",
    "redirect_uris": [REDIRECT],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "software_id": "mcphub-doctor",
}
CLOSED = frozenset({403, 404, 405})


def registration(case: Case) -> str:
    """Register a client of the doctor's own; the hub forgets it when nobody uses it."""
    if case.public:
        raise Skipped("not needed: the server is public")
    if case.token:
        raise Skipped("not needed: a token was given")
    if case.client_id:
        raise Skipped("not needed: a client was given")
    endpoint = case.endpoint("registration_endpoint")
    if not endpoint:
        raise Failed("registration_closed", "the metadata names no registration_endpoint")
    headers = {"Content-Type": "application/json", "Origin": ELSEWHERE}
    answer = case.web.send("POST", endpoint, headers, json.dumps(ABOUT).encode())
    if answer.status not in (200, 201):
        code = "registration_closed" if answer.status in CLOSED else "registration_refused"
        raise Failed(code, answer.said)
    known = answer.document or {}
    if not isinstance(known.get("client_id"), str):
        raise Failed("registration_unreadable", shown([endpoint, answer.status]))
    case.client_id = known["client_id"]
    secret = known.get("client_secret")
    case.client_secret = secret if isinstance(secret, str) else ""
    case.check_cors(answer)
    case.check_storing(answer)
    case.check_preflight(case.preflight(endpoint))
    return "registered as “mcphub doctor”"
