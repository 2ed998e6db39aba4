"""Nothing that opens anything leaks: the whole way of tokens at the chattiest level, then a search.

Codes, verifiers, tokens, secrets and headers are looked for in the log, the metrics and every table,
with and without MCPHUB_DEBUG; hashes of them are fine.
"""

import base64
import contextlib
import http.client
import json
import logging
import logging.config
import shutil
import sqlite3
import urllib.request
from io import StringIO
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings
from oauth2_provider.oauth2_backends import get_oauthlib_core

from tests import authored_secrets, make
from tests.connecting import FORM
from tests.live import end, start
from tests.pair import until
from tests.person import Person, Stuck

SECRET = "canary-secret-" + "s" * 40
VERIFIER = "canary-verifier-" + "v" * 40
METRICS = "canary-metrics-token"
WRONG, PASSWORD = "canary-wrong-password", "a password for a test"
CALLBACK = "https://client.example/callback"
SEED = f"""
from tests import authored_secrets, make
from accounts.models import User
from servers.models import Server
client = make.oauth_client(client_secret={SECRET!r}, auth_method="client_secret_basic")
consent = make.consent(User.objects.get(), client, Server.objects.get(slug="demo"))
challenge = make.challenge({VERIFIER!r})
other = make.oauth_client(client_secret={SECRET!r}, auth_method="client_secret_post")
codes = [make.grant(consent, code_challenge=challenge) for _ in range(2)]
print(client.client_id, other.client_id, *codes)
"""


REFUSED = ("token.refuse", "consent.ask", "consent.refuse", "session.refuse")
"""Events of their own, for what a client or person did that is known."""


def basic(client_id, secret):
    """The header of a client that shows its secret there."""
    pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"authorization": f"Basic {pair}"}


class Prober:
    """Sends requests of a client whose every word is a canary, and keeps the words."""

    def __init__(self, hub):
        self.hub = hub
        seeded = hub.manage("shell", "-v", "0", "-c", SEED).split()
        self.client, self.by_post, self.code, self.other = seeded
        self.headers = basic(self.client, SECRET)
        pair = self.headers["authorization"].removeprefix("Basic ")
        self.words = [SECRET, VERIFIER, pair, self.code, self.other, METRICS]

    def post(self, path, fields, headers=None, kind=FORM, method="POST"):
        """Send a form, or bytes as they stand, and return what is answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.hub.port, timeout=30)
        sent = {**(self.headers if headers is None else headers), "content-type": kind}
        body = fields if isinstance(fields, bytes) else urlencode(fields)
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        connection.close()
        assert answer.status < 500
        self.words += [told[name] for name in ("access_token", "refresh_token") if name in told]
        return told

    def walk(self):
        """Redeem, refresh, call, and do everything wrong that there is a canary for."""
        code = {"grant_type": "authorization_code", "code": self.code, "code_verifier": VERIFIER}
        given = self.post("/token", code)
        refresh = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
        self.post("/token", refresh)
        assert self.hub.call("demo", "echo", {"text": "x"}, token=given["access_token"])
        self.post("/token", code)
        self.post("/token", {**code, "code": self.other, "redirect_uri": "https://x.example/"})
        self.post("/token", {**code, "code": "canary-unknown-code"})
        self.post("/token", {**refresh, "scope": "mcp:destructive"})
        self.post("/token", {**refresh, "resource": "canary-resource"})
        self.post("/token", {**refresh, "client_secret": SECRET})
        self.post("/token", refresh, {"authorization": "Basic canary-header"})
        self.post("/token", refresh, kind="application/json")
        self.post(f"/token?{urlencode(code)}", {})
        self.post("/token", {**refresh, "refresh_token": f"{given['refresh_token']}\0"})
        self.post("/revoke", {"token": given["access_token"]})
        self.post("/token", refresh)
        self.words += ["canary-unknown-code", "canary-resource", "canary-header"]

    def stumble(self):
        """Do what clients do wrong with words that are nearly right, or cannot be read at all."""
        code = {"grant_type": "authorization_code", "code": self.other}
        wrong = {**code, "code_verifier": "canary-no-verifier-" + "n" * 40}
        self.post("/token", wrong)
        self.post("/token", wrong, basic(self.client, "canary-basic-secret"))
        self.post("/revoke", {"token": "canary-token"}, basic(self.client, "canary-basic-secret"))
        said = {"client_id": self.by_post, "client_secret": "canary-post-secret"}
        self.post("/token", {**wrong, **said}, {})
        for kind in ("text/plain", "application/json", "multipart/form-data; boundary=x", ""):
            self.post(f"/token?{urlencode(wrong)}", wrong, kind=kind)
            self.post("/revoke?token=canary-token", {}, kind=kind)
        for path in (f"/token?{urlencode(wrong)}", "/revoke?token=canary-token"):
            self.post(path, {}, method="GET")
        for raw in (b"\xff\xfe", "\u00e9\u202e".encode(), b"\xed\xa0\x80", b"\0", b"%ff%00"):
            self.post("/token", b"grant_type=refresh_token&refresh_token=canary-raw" + raw)
            self.post("/token", b"code=canary-raw" + raw + b"&code_verifier=canary-raw")
            self.post("/register", b'{"client_name": "canary-raw' + raw, kind="application/json")
        names = ("no-verifier", "basic-secret", "token", "post-secret", "raw")
        self.words += [f"canary-{name}" for name in names]
        shown = basic(self.client, "canary-basic-secret")["authorization"]
        self.words.append(shown.removeprefix("Basic "))

    def connect(self):
        """Register, have a person allow it on the page, and redeem: the way of every client."""
        said = {"redirect_uris": [CALLBACK], "client_name": "Canaries"}
        body, kind = json.dumps(said).encode(), {"content-type": "application/json"}
        asked = urllib.request.Request(f"{self.hub.url}/register", body, kind)
        with urllib.request.urlopen(asked) as answer:
            known = json.loads(answer.read())
        asks = {
            "response_type": "code",
            "client_id": known["client_id"],
            "redirect_uri": CALLBACK,
            "code_challenge": make.challenge(VERIFIER),
            "code_challenge_method": "S256",
            "resource": f"{self.hub.url}/mcp/demo",
        }
        address = f"{self.hub.url}/authorize?{urlencode(asks)}"
        with pytest.raises(Stuck, match="This name and pas"):
            Person(self.hub.url, "nobody", WRONG).answer(address)
        back = Person(self.hub.url, "admin", PASSWORD).answer(address)
        code = parse_qs(urlsplit(back).query)["code"][0]
        shown = basic(known["client_id"], known["client_secret"])
        redeemed = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
        given = self.post("/token", redeemed, shown)
        assert self.hub.call("demo", "echo", {"text": "x"}, token=given["access_token"])
        refused = f"{address}&{urlencode({'code': WRONG, 'request': WRONG})}"
        assert "request_not_supported" in Person(self.hub.url, "admin", PASSWORD).answer(refused)
        with pytest.raises(Stuck, match="This name and pas"):
            Person(self.hub.url, "admin", f"{WRONG} \u00e9").answer(address)
        self.words += [known["client_secret"], code, WRONG, PASSWORD]

    def metrics(self):
        """Return what /metrics shows to whom may see it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.hub.port, timeout=30)
        connection.request("GET", "/metrics", headers={"authorization": f"Bearer {METRICS}"})
        text = connection.getresponse().read().decode()
        connection.close()
        return text


@pytest.mark.behaviour("Q20")
@pytest.mark.parametrize(("server", "debug"), [("uvicorn", "0"), ("daphne", "1")])
def test_a_hub_at_debug_level_tells_none_of_it(prepared, tmp_path, server, debug):
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    chatty = {"MCPHUB_LOG_LEVEL": "debug", "MCPHUB_DEBUG": debug, "MCPHUB_METRICS_TOKEN": METRICS}
    hub = start(folder, server, **chatty)
    try:
        prober = Prober(hub)
        prober.walk()
        prober.stumble()
        prober.connect()
        told = {"metrics": prober.metrics()}
        hub.stop()
    finally:
        end(hub)
    told["log"] = (folder / "log").read_text()
    told["tables"] = "\n".join(sqlite3.connect(folder / "mcphub.sqlite3").iterdump())
    assert "mcphub_auth_failures_total" in told["metrics"]
    for action in ("token.refresh", *REFUSED):
        assert action in told["tables"]
    assert (" DEBUG " in told["log"]) is (debug == "1")  # SQL, then, with all its values
    assert len(prober.words) == 25
    found = [(where, word) for where, text in told.items() for word in prober.words if word in text]
    assert found == []


def test_the_search_would_find_what_oauthlib_logs(bob):
    """The code that the authorization endpoint makes, with the pins and, to be sure, without."""
    for pinned in (True, False):
        log = StringIO()
        with _logging_to(log, pinned):
            location = _authorize(bob)
        code = parse_qs(urlsplit(location).query)["code"][0]
        assert (code in log.getvalue()) is not pinned


def _authorize(user):
    client = make.oauth_client()
    asked = {
        "client_id": client.client_id,
        "redirect_uri": make.CALLBACK,
        "response_type": "code",
        "scope": "mcp:read",
        "code_challenge": make.CHALLENGE,
        "code_challenge_method": "S256",
    }
    headers, _, _ = get_oauthlib_core().server.create_authorization_response(
        f"/authorize?{urlencode(asked)}", scopes=["mcp:read"], credentials={"user": user}
    )
    return headers["Location"]


class _logging_to:
    """Django's logging as set, at debug level, written to a text; without its pins if told so."""

    def __init__(self, text, pinned):
        handlers = {"stderr": {"class": "logging.StreamHandler", "stream": text}}
        root = {"handlers": ["stderr"], "level": "DEBUG"}
        loggers = settings.LOGGING["loggers"]
        if not pinned:
            loggers = {name: {"level": "DEBUG"} for name in loggers}
        self._wanted = {**settings.LOGGING, "handlers": handlers, "root": root, "loggers": loggers}

    def __enter__(self):
        logging.config.dictConfig(self._wanted)

    def __exit__(self, *raised):
        logging.config.dictConfig(settings.LOGGING)


RECORDING = """
from catalog.services.announcing import announce
from servers.models import Server
Server.objects.filter(slug="authored-secrets").update(recording="all")
announce()
"""
WORDS = [f"canary-argument-{number}-x" for number in range(5)]
ARGUMENTS = {
    "city": "Oslo",
    "phrase": WORDS[0],
    "ways": [{"user": "bob", "phrase": WORDS[1]}],
    "notes": {"api_key": WORDS[2], "deep": {"Session-Token": [WORDS[3]]}},
}


def test_a_hub_that_records_everything_keeps_no_secret(prepared, tmp_path):
    """Secret types, `writeOnly` and listed names: in no table, log, metric or export, at debug level."""
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    chatty = {"MCPHUB_LOG_LEVEL": "debug", "MCPHUB_DEBUG": "1", "MCPHUB_METRICS_TOKEN": METRICS}
    hub = start(folder, "daphne", MCPHUB_TOOLS=authored_secrets.__file__, **chatty)
    slug = "authored-secrets"
    try:
        token = hub.token(slug)
        hub.manage("shell", "-v", "0", "-c", RECORDING)
        until(lambda: hub.call(slug, "login", ARGUMENTS, token=token) and _is_recording(folder))
        for tool, arguments in (
            ("login", ARGUMENTS),
            ("unlock", {"codes": [WORDS[4]], "box": {"combination": WORDS[4]}}),
            ("refuse", {"phrase": WORDS[0]}),
            ("refuse", {"phrase": [WORDS[1]], "password": WORDS[2]}),
        ):
            hub.call(slug, tool, arguments, token=token)
        told = {"metrics": Prober.metrics(SimpleNamespace(hub=hub))}
        hub.stop()
    finally:
        end(hub)
    told["log"] = (folder / "log").read_text()
    told["export"] = hub.manage("audit_export")
    told["tables"] = "\n".join(sqlite3.connect(folder / "mcphub.sqlite3").iterdump())
    assert "you said [masked]" in told["tables"] and "Oslo" in told["tables"]
    assert [(where, word) for where, text in told.items() for word in WORDS if word in text] == []


def _is_recording(folder):
    """Tell whether anything was recorded yet."""
    with contextlib.closing(sqlite3.connect(folder / "mcphub.sqlite3")) as connection:
        return connection.execute("SELECT 1 FROM monitoring_callcontent").fetchone() is not None
