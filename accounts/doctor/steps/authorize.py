"""Does the page to log in come, and with a person, does the way back lead to the client?

With a name and a password the doctor logs in and presses Allow, as a browser without scripts would:
with the cookies, the hidden fields and the Origin that a browser sends.
"""

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from accounts.doctor.case import REDIRECT, Case, Person
from accounts.doctor.findings import Failed, Skipped, shown
from accounts.doctor.pages import Form, Page, read_page
from accounts.doctor.web import Answer, is_loopback, origin

MOST_HOPS = 8
MOVED = frozenset({301, 302, 303, 307, 308})
ALLOW = "Allow"
WAITS = ("approv", "waits for an admin")
PROMISED = "authorization_response_iss_parameter_supported"
TOKENS = ("csrfmiddlewaretoken",)


def authorize(case: Case) -> str:
    """Ask for a code; without a person, as far as the log-in."""
    if case.public:
        raise Skipped("not needed: the server is public")
    if case.token:
        raise Skipped("not needed: a token was given")
    state = secrets.token_urlsafe(16)
    answer = _follow(case, _open(case, "GET", _question(case, state)))
    page = _page(case, answer)
    form = page.form_with_password()
    if form is None:
        raise Failed("login_missing", shown([answer.status, page.heading]))
    _check_cookies(case, answer, form)
    if case.person is None:
        return "asks for a log-in (give --user NAME to go on)"
    answer = _log_in(case, case.person, answer, form)
    return _allowed(case, _press_allow(case, answer), state)


def _question(case: Case, state: str) -> str:
    """Return the address a client opens in the browser."""
    case.verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(case.verifier.encode()).digest()
    fields = {
        "response_type": "code",
        "client_id": case.client_id,
        "redirect_uri": REDIRECT,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "state": state,
        "resource": case.resource,
        **({"scope": case.scope} if case.scope else {}),
    }
    endpoint = case.endpoint("authorization_endpoint")
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(fields)}"


# --- the browser ----------------------------------------------------------------------------------
def _open(case: Case, method: str, url: str, body: bytes = b"", page: str = "") -> Answer:
    """Send what a browser sends, with its cookies; `page` is the one a form is on."""
    headers = {"Accept": "text/html", "Cookie": case.web.cookies_for(url)}
    if body:
        headers |= {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": _origin_header(page),
            "Referer": page,
        }
    sent = {name: value for name, value in headers.items() if value}
    answer = case.web.send(method, url, sent, body)
    case.web.keep_cookies(answer)
    if method == "POST" and answer.status == 403:  # the pages of this way forbid nothing else
        raise Failed("csrf_refused", read_page(answer.text).heading)
    return answer


def _follow(case: Case, answer: Answer) -> Answer:
    """Follow redirects within the hub; one that leads to the client is returned as it is."""
    seen = {answer.url}
    for _hop in range(MOST_HOPS):
        if answer.status not in MOVED:
            return answer
        target = urljoin(answer.url, answer.header("location"))
        if target.startswith(REDIRECT):
            return answer
        if origin(target) != origin(case.base):
            raise Failed("login_elsewhere", shown([target]))
        if target in seen:
            raise Failed("redirect_loop", shown([target]))
        seen.add(target)
        answer = _open(case, "GET", target)
    raise Failed("redirect_loop", shown([answer.url]))


def _page(case: Case, answer: Answer) -> Page:
    """Return a page; raises Failed for a refusal, told as a page or to the client."""
    _refuse_error(answer)
    page = read_page(answer.text)
    if answer.status in (404, 405):
        raise Failed("authorize_missing", shown([answer.status, answer.url.partition("?")[0]]))
    if answer.status >= 400 and answer.status != 422:
        raise Failed(
            _refusal(f"{page.heading} {answer.text}"), shown([answer.status, page.heading])
        )
    return page


def _refuse_error(answer: Answer) -> None:
    """Raise Failed for a way back that carries an error (RFC 6749 section 4.1.2.1)."""
    if answer.status not in MOVED:
        return
    said = _way_back(answer)
    if "error" in said:
        words = shown([said["error"], said.get("error_description", "")])
        raise Failed(_refusal(words), words)


def _refusal(words: str) -> str:
    return "client_waits" if any(each in words.lower() for each in WAITS) else "authorize_refused"


def _way_back(answer: Answer) -> dict[str, str]:
    """Return what the way back to the client carries."""
    fields = parse_qs(urlsplit(answer.header("location")).query)
    return {name: values[0] for name, values in fields.items()}


def _origin_header(page: str) -> str:
    parts = urlsplit(page)
    return f"{parts.scheme}://{parts.netloc}"


# --- the person -----------------------------------------------------------------------------------
def _check_cookies(case: Case, answer: Answer, form: Form) -> None:
    """Raise Failed if the form's token has no cookie to go with it."""
    guarded = any(name in TOKENS for name, _ in form.fields)
    if not guarded or case.web.cookies_for(answer.url):
        return
    insecure = answer.url.startswith("http:") and not is_loopback(answer.url)
    told = answer.header("set-cookie")
    raise Failed("cookies_insecure" if insecure and "secure" in told.lower() else "cookies_dropped")


def _log_in(case: Case, person: Person, answer: Answer, form: Form) -> Answer:
    """Log in, and return the page that comes next."""
    values = {"username": person.name, form.passwords[0]: person.password}
    sent = _open(case, "POST", form.target(answer.url), form.filled(values), answer.url)
    page = _page(case, sent)
    if sent.status not in MOVED:
        raise Failed("login_refused", shown([page.heading]))
    return _follow(case, sent)


def _press_allow(case: Case, answer: Answer) -> Answer:
    """Press Allow on the consent page, and return what the browser is told."""
    page = _page(case, answer)
    form = page.form_with_button(ALLOW)
    if form is None:
        code = "cookies_dropped" if page.form_with_password() else "consent_missing"
        raise Failed(code, shown([answer.status, page.heading]))
    body = form.filled({}, ALLOW)
    return _open(case, "POST", form.target(answer.url), body, answer.url)


def _allowed(case: Case, answer: Answer, state: str) -> str:
    """Take the code out of the way back; raises Failed for one that a client would refuse."""
    if answer.status not in MOVED:
        page = _page(case, answer)
        raise Failed("consent_missing", shown([answer.status, page.heading]))
    _refuse_error(answer)
    if not answer.header("location").startswith(REDIRECT):
        raise Failed("return_elsewhere", shown([answer.header("location").partition("?")[0]]))
    said = _way_back(answer)
    if said.get("state") != state:
        raise Failed("state_changed")
    if "iss" not in said and case.service.get(PROMISED) is True:
        raise Failed("iss_missing")
    if said.get("iss", case.issuer) != case.issuer:
        raise Failed("iss_differs", shown([said["iss"], "instead of", case.issuer]))
    case.code = said.get("code", "")
    if not case.code:
        raise Failed("return_elsewhere", "there is no code")
    return "logged in, allowed, and sent back with a code"
