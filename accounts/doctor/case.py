"""What one walk has learned so far: each step adds to it, and later ones build on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from accounts.doctor.findings import Finding, shown
from accounts.doctor.web import Answer, Web

JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
ELSEWHERE = "https://page.of.another.origin.example"
"""The origin of a page that a browser client could be on."""
ASKED_HEADERS = "authorization,content-type,mcp-protocol-version"
ALLOWED_HEADERS = "access-control-allow-headers"
REDIRECT = "http://127.0.0.1:43117/callback"


@dataclass(slots=True)
class Person:
    """Who logs in."""

    name: str
    password: str = field(repr=False)


@dataclass(slots=True)
class Case:
    """One address under examination."""

    url: str
    web: Web
    token: str = field(default="", repr=False)
    person: Person | None = None
    client_id: str = ""
    client_secret: str = field(default="", repr=False)

    public: bool = False
    first: Answer | None = None
    pointer: str = ""
    scope: str = ""
    resource: str = ""
    issuer: str = ""
    service: Mapping[str, Any] = field(default_factory=dict)
    verifier: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    own_token: bool = False
    """Whether the token is one that the walk was given, and hands back."""
    findings: list[Finding] = field(default_factory=list)

    def fault(self, code: str, *detail: object) -> None:
        """Note a fault that does not end the step."""
        self._note(Finding(code, shown(detail)))

    def remark(self, code: str, *detail: object) -> None:
        """Note what is worth knowing and no failure."""
        self._note(Finding(code, shown(detail), mild=True))

    def _note(self, finding: Finding) -> None:
        if finding.code not in {known.code for known in self.findings}:
            self.findings.append(finding)

    @property
    def base(self) -> str:
        """Scheme and authority of the address as it was typed."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def bearer(self) -> dict[str, str]:
        """The header that shows the token, if there is one."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def endpoint(self, name: str) -> str:
        """Return an address out of the log-in service's metadata, empty if it is not there."""
        value = self.service.get(name)
        return value if isinstance(value, str) else ""

    def post_form(self, endpoint: str, fields: Mapping[str, str]) -> Answer:
        """Send a form to an endpoint, as the client and as a browser's page would."""
        whole = {"client_id": self.client_id, **fields}
        if self.client_secret:
            whole["client_secret"] = self.client_secret
        headers = {**FORM, "Origin": ELSEWHERE}
        return self.web.send("POST", endpoint, headers, urlencode(whole).encode())

    def preflight(self, url: str, origin: str = ELSEWHERE) -> Answer:
        """Ask what a browser asks before a page of another origin may send a POST (Fetch, CORS)."""
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": ASKED_HEADERS,
        }
        return self.web.send("OPTIONS", url, headers)

    def check_preflight(self, answer: Answer) -> None:
        """Note an answer to a preflight after which a browser sends nothing."""
        allowed = {each.strip().lower() for each in answer.header(ALLOWED_HEADERS).split(",")}
        if not 200 <= answer.status < 300:
            self.fault("preflight_refused", "OPTIONS", answer.url, answer.status)
        elif answer.header("access-control-allow-origin") not in ("*", ELSEWHERE):
            self.fault("cors_missing", "OPTIONS", answer.url)
        elif not allowed >= set(ASKED_HEADERS.split(",")):
            self.fault("preflight_refused", answer.url, answer.header(ALLOWED_HEADERS))

    def check_cors(self, answer: Answer) -> None:
        """Note an answer that a client in a browser could not read."""
        if answer.header("access-control-allow-origin") not in ("*", ELSEWHERE):
            self.fault("cors_missing", answer.url)

    def check_storing(self, answer: Answer) -> None:
        """Note an answer with secrets in it that caches may keep."""
        if "no-store" not in answer.header("cache-control").lower():
            self.fault("answer_storable", answer.url)
