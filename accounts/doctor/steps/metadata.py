"""Do the documents agree with each other, and with the address that was typed? (RFC 9728, RFC 8414)

Clients compare as text, and refuse what differs in a letter.
"""

from typing import Any
from urllib.parse import urlsplit

from accounts.doctor.case import ELSEWHERE, Case
from accounts.doctor.findings import Failed, Skipped, shown
from accounts.doctor.web import DEFAULT_PORTS, Answer

SERVICE = "/.well-known/oauth-authorization-server"
NEEDED = ("authorization_endpoint", "token_endpoint")
ENDPOINTS = (*NEEDED, "registration_endpoint", "revocation_endpoint")


def metadata(case: Case) -> str:
    """Read the server's document and the log-in service's."""
    if case.public:
        raise Skipped("not needed: the server is public")
    _refuse_difference(case.base, _base(case.pointer), case.pointer)
    server = _document(case, case.pointer, _missing_server)
    case.resource = _text(server, "resource")
    _refuse_difference(case.url, case.resource, f"resource {case.resource}")
    if case.resource != case.url:
        case.remark("spelling_differs", case.resource)
    case.issuer = _issuer_named(server)
    case.service = _document(case, _service_address(case.issuer), _missing)
    _check_service(case)
    return f"resource {case.resource}, issuer {case.issuer}"


def difference(typed: str, told: str) -> str | None:
    """Return in which part two addresses differ, as the code of a fault; None if they name the same."""
    try:
        mine, its = urlsplit(typed), urlsplit(told)
        ports = [each.port or DEFAULT_PORTS.get(each.scheme.lower()) for each in (mine, its)]
    except ValueError:
        return "host_differs"
    if mine.scheme.lower() != its.scheme.lower():
        return "scheme_differs"
    if (mine.hostname, ports[0]) != (its.hostname, ports[1]):
        return "host_differs"
    return None if mine.path.rstrip("/") == its.path.rstrip("/") else "path_differs"


def _refuse_difference(typed: str, told: str, detail: str) -> None:
    code = difference(typed, told)
    if code:
        raise Failed(code, shown(["you typed", typed, "the hub says", detail]))


def _document(case: Case, url: str, missing: Any) -> dict[str, Any]:
    """Return a document; raises Failed where there is none."""
    answer = case.web.send("GET", url, {"Accept": "application/json", "Origin": ELSEWHERE})
    if answer.status != 200:
        raise missing(case, answer)
    if answer.document is None:
        raise Failed("metadata_unreadable", shown([url, answer.header("content-type")]))
    case.check_cors(answer)
    return answer.document


def _missing(case: Case, answer: Answer) -> Failed:
    return Failed("metadata_missing", shown([answer.status, answer.url]))


def _missing_server(case: Case, answer: Answer) -> Failed:
    """Return why a server's document is not there: its neighbour tells a proxy from a wrong name."""
    neighbour = case.web.send("GET", case.base + SERVICE, {"Accept": "application/json"})
    if answer.status == 404 and neighbour.status == 200 and neighbour.document:
        return Failed("server_unknown", urlsplit(case.url).path)
    return _missing(case, answer)


def _issuer_named(server: dict[str, Any]) -> str:
    """Return the log-in service that a server's document names first."""
    named = server.get("authorization_servers")
    first = named[0] if isinstance(named, list) and named else None
    if not isinstance(first, str) or not first.startswith(("http://", "https://")):
        raise Failed("no_authorization_server", shown([named]))
    return first


def _service_address(issuer: str) -> str:
    """Return where an issuer's document is (RFC 8414 section 3.1)."""
    parts = urlsplit(issuer)
    return f"{_base(issuer)}{SERVICE}{parts.path.rstrip('/')}"


def _check_service(case: Case) -> None:
    """Raise Failed for a log-in service that a client would refuse."""
    told = _text(case.service, "issuer")
    if told != case.issuer:
        raise Failed("issuer_differs", shown([told, "instead of", case.issuer]))
    for name in NEEDED:
        if not case.endpoint(name):
            raise Failed("endpoint_missing", name)
    for name in ENDPOINTS:
        _check_endpoint(case, name)
    if "S256" not in _list(case.service, "code_challenge_methods_supported"):
        raise Failed("s256_missing")


def _check_endpoint(case: Case, name: str) -> None:
    told = case.endpoint(name)
    differs = difference(_base(case.issuer), _base(told)) if told else None
    if differs:
        code = "endpoint_scheme" if differs == "scheme_differs" else "endpoint_host"
        raise Failed(code, shown([name, told]))


def _base(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _text(document: Any, name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _list(document: Any, name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []
