"""The doctor against a hub that runs, through a proxy that does one thing wrong: is it named rightly?

With daphne and with uvicorn. Each fault has the step it is found at, and its code.
"""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings

from accounts.doctor.case import Case, Person
from accounts.doctor.findings import Report, Status
from accounts.doctor.walk import STEPS, examine
from accounts.doctor.web import Web
from accounts.models import Step
from tests.faulty import Own, Wrong, certificate, proxy
from tests.live import LiveHub, end, start
from tests.pair import until

PASSWORD = "a password for a test"
SLUG = "demo-private"
BAD_GATEWAY = Own(502, "<h1>502 Bad Gateway</h1>", {"content-type": "text/html"})
PAGE = Own(200, "<h1>Welcome</h1>", {"content-type": "text/html"})
LOOP = Own(302, "", {"location": "/authorize?again"})
CLOSED = Own(403, '{"error":"access_denied"}', {"content-type": "application/json"})
WELL_KNOWN = "/.well-known/"
SERVICE = "/.well-known/oauth-authorization-server"
TOKENS = "/token"


def examined(port, *, host="127.0.0.1", scheme="http", slug=SLUG, token="", user=True, **options):
    """Examine a server at a port; return what was found."""
    web = Web(options.pop("seconds", 10.0), options.pop("cafile", None))
    person = Person("admin", PASSWORD) if user and not token else None
    case = Case(f"{scheme}://{host}:{port}/mcp/{slug}", web, token=token, person=person)
    return Report(case.url, tuple(examine(case)))


def failures(report):
    """Return what failed: step and code of each."""
    return [
        (step.step, finding.code)
        for step in report.steps
        for finding in step.findings
        if not finding.mild
    ]


def test_walk_is_one_attempt_in_the_hubs_own_notes(live_hub):
    assert examined(live_hub.port).well
    database = sqlite3.connect(Path(live_hub.environ["MCPHUB_DATA"]) / "mcphub.sqlite3")
    with contextlib.closing(database):
        until(lambda: answers(live_hub) and ("call", "") in steps_in(database))
        noted = [step for step, _reason in steps_in(database)]
        assert list(dict.fromkeys(noted)) == Step.values
        (attempt,) = database.execute("SELECT * FROM accounts_connectionattempt").fetchall()
    assert "mcphub-doctor" in attempt and "call" in attempt


def answers(hub):
    """Ask the hub whether it is there: looking again and again takes the time that it needs."""
    with urlopen(f"{hub.url}/health/live", timeout=20) as answer:
        return answer.status == 200


def steps_in(database):
    """Return step and reason of each step that the hub has noted, in the order they happened."""
    query = "SELECT step, reason FROM accounts_attemptstep ORDER BY at, id"
    return database.execute(query).fetchall()


def test_hub_that_is_well_is_found_well_by_a_person_who_logs_in(live_hub):
    report = examined(live_hub.port)
    assert failures(report) == [] and report.well
    assert [(step.step, step.status) for step in report.steps] == [(n, "ok") for n, _ in STEPS]


def test_hub_behind_a_proxy_that_passes_all_on_is_found_well(live_hub):
    with proxy(live_hub.port, Wrong()) as port:
        assert failures(examined(port)) == []


def test_public_server_needs_no_token_and_is_called_without(live_hub):
    report = examined(live_hub.port, slug="demo", user=False)
    assert report.well and report.steps[-2].text == "4 tools listed"


def test_without_a_person_it_goes_as_far_as_the_log_in(live_hub):
    report = examined(live_hub.port, user=False)
    told = {step.step: step for step in report.steps}
    assert report.well and "asks for a log-in" in told["authorize"].text
    assert "refuses a made-up code with invalid_grant" in told["token"].text
    assert told["call"].status == Status.SKIPPED


def test_token_that_is_given_is_used_for_the_call_alone(live_hub):
    report = examined(live_hub.port, token=live_hub.token(SLUG))
    states = {step.step: str(step.status) for step in report.steps}
    assert report.well and states["call"] == "ok"
    assert {states[name] for name in ("registration", "authorize", "token")} == {"skipped"}


WRONGS = {
    "takes out WWW-Authenticate": (
        Wrong(drops_out=("www-authenticate",)),
        ("challenge", "challenge_missing"),
    ),
    "has a password of its own": (
        Wrong(answers={"/": Own(401, "", {"www-authenticate": 'Basic realm="proxy"'})}),
        ("challenge", "challenge_foreign"),
    ),
    "rewrites the challenge": (
        Wrong(answers={"/mcp/": Own(401, "", {"www-authenticate": "Bearer"})}),
        ("challenge", "pointer_missing"),
    ),
    "does not pass on /.well-known/": (
        Wrong(answers={WELL_KNOWN: Own(404, "not here")}),
        ("metadata", "metadata_missing"),
    ),
    "has a page at /.well-known/": (
        Wrong(answers={WELL_KNOWN: PAGE}),
        ("metadata", "metadata_unreadable"),
    ),
    "does not pass on the log-in service's metadata": (
        Wrong(answers={SERVICE: Own(404)}),
        ("metadata", "metadata_missing"),
    ),
    "rewrites Host": (Wrong(host="localhost:{port}"), ("metadata", "host_differs")),
    "sends a Host that is not the hub's": (
        Wrong(host="backend.internal"),
        ("address", "host_refused"),
    ),
    "rewrites the issuer": (
        Wrong(replaces=(('"issuer":"http://', '"issuer":"http://www.'),)),
        ("metadata", "issuer_differs"),
    ),
    "rewrites an endpoint to another host": (
        Wrong(replaces=(('"token_endpoint":"http://127.', '"token_endpoint":"http://10.'),)),
        ("metadata", "endpoint_host"),
    ),
    "rewrites an endpoint to another scheme": (
        Wrong(replaces=(('"token_endpoint":"http:', '"token_endpoint":"https:'),)),
        ("metadata", "endpoint_scheme"),
    ),
    "rewrites the methods of PKCE": (
        Wrong(replaces=(('["S256"]', '["plain"]'),)),
        ("metadata", "s256_missing"),
    ),
    "takes out the CORS headers": (
        Wrong(drops_out=("access-control-allow-origin",)),
        ("metadata", "cors_missing"),
    ),
    "closes registration": (
        Wrong(answers={"/register": CLOSED}),
        ("registration", "registration_closed"),
    ),
    "has a page at /register": (
        Wrong(answers={"/register": PAGE}),
        ("registration", "registration_unreadable"),
    ),
    "does not pass on /authorize": (
        Wrong(answers={"/authorize": Own(404)}),
        ("authorize", "authorize_missing"),
    ),
    "sends /authorize round in circles": (
        Wrong(answers={"/authorize": LOOP}),
        ("authorize", "redirect_loop"),
    ),
    "sends the log-in elsewhere": (
        Wrong(answers={"/authorize": Own(302, "", {"location": "http://127.0.0.1:1/login/"})}),
        ("authorize", "login_elsewhere"),
    ),
    "has a page instead of the log-in": (
        Wrong(answers={"/login/": PAGE}),
        ("authorize", "login_missing"),
    ),
    "takes out Set-Cookie": (Wrong(drops_out=("set-cookie",)), ("authorize", "cookies_dropped")),
    "takes out Cookie": (Wrong(drops_in=("cookie",)), ("authorize", "csrf_refused")),
    "takes the issuer out of the way back": (
        Wrong(replaces=(("&iss=", "&was="),)),
        ("authorize", "iss_missing"),
    ),
    "changes the issuer in the way back": (
        Wrong(replaces=(("&iss=http", "&iss=https"),)),
        ("authorize", "iss_differs"),
    ),
    "changes the state in the way back": (
        Wrong(replaces=(("&state=", "&state=x"),)),
        ("authorize", "state_changed"),
    ),
    "refuses OPTIONS": (Wrong(refuses=("OPTIONS",)), ("registration", "preflight_refused")),
    "takes out which headers a page may send": (
        Wrong(drops_out=("access-control-allow-headers",)),
        ("registration", "preflight_refused"),
    ),
    "cannot reach the token endpoint": (
        Wrong(answers={TOKENS: BAD_GATEWAY}),
        ("token", "gateway_error"),
    ),
    "has a page at the token endpoint": (
        Wrong(answers={TOKENS: PAGE}),
        ("token", "token_unreadable"),
    ),
    "takes out Cache-Control": (
        Wrong(drops_out=("cache-control",)),
        ("registration", "answer_storable"),
    ),
    "takes out Authorization": (
        Wrong(drops_in=("authorization",)),
        ("call", "authorization_stripped"),
    ),
    "takes out Mcp-Method": (Wrong(drops_in=("mcp-method",)), ("call", "headers_stripped")),
    "takes out Mcp-Session-Id": (
        Wrong(drops_out=("mcp-session-id",)),
        ("call", "session_stripped"),
    ),
    "gathers streams": (Wrong(gathers=True), ("call", "streams_buffered")),
    "cannot reach the hub": (Wrong(answers={"/": BAD_GATEWAY}), ("address", "gateway_error")),
    "sends the address on": (
        Wrong(answers={"/mcp/": Own(301, "", {"location": "/new/"})}),
        ("address", "redirected"),
    ),
    "sends the address round in circles": (
        Wrong(answers={"/mcp/": Own(308, "", {"location": f"/mcp/{SLUG}"})}),
        ("address", "redirect_loop"),
    ),
    "serves something else": (Wrong(answers={"/": PAGE}), ("address", "not_mcp")),
    "forbids": (Wrong(answers={"/": Own(403, "no")}), ("address", "forbidden")),
}


@pytest.mark.parametrize("wrong", WRONGS.values(), ids=WRONGS)
def test_proxy_that_does_one_thing_wrong_is_named(live_hub, monkeypatch, wrong):
    monkeypatch.setattr("accounts.doctor.steps.call.STREAM_SECONDS", 1.0)
    does, (step, code) = wrong
    with proxy(live_hub.port, does) as port:
        report = examined(port)
    assert failures(report)[0] == (step, code)
    assert {found for _, found in failures(report)} == {code}
    assert not report.well


def test_preflight_is_asked_at_each_address_that_browsers_post_to(live_hub):
    with proxy(live_hub.port, Wrong(refuses=("OPTIONS",))) as port:
        steps = [step for step, _ in failures(examined(port))]
        assert steps == ["registration", "token", "call"]
        assert failures(examined(port, slug="demo", user=False)) == [("call", "preflight_refused")]


def test_proxy_that_hangs_is_left_after_the_time_that_was_given(live_hub):
    with proxy(live_hub.port, Wrong(hangs=True)) as port:
        assert failures(examined(port, seconds=0.3)) == [("address", "timeout")]


def test_certificate_that_nobody_vouches_for_and_a_hub_that_knows_of_no_tls(live_hub, tmp_path):
    path, tls = certificate(tmp_path)
    with proxy(live_hub.port, Wrong(), tls) as port:
        assert failures(examined(port, scheme="https")) == [("address", "tls_certificate")]
        trusted = examined(port, scheme="https", cafile=str(path))
        assert failures(trusted) == [("metadata", "scheme_differs")]
        assert failures(examined(port))[0][0] == "address"  # plain http at a port of TLS


def test_name_that_is_no_server_is_told_from_a_proxy_that_passes_nothing_on(live_hub):
    report = examined(live_hub.port, slug="demo-privat")
    assert failures(report) == [("metadata", "server_unknown")]


def test_password_that_does_not_fit(live_hub):
    case = Case(f"{live_hub.url}/mcp/{SLUG}", Web(), person=Person("nobody", "wrong"))
    assert failures(Report("", tuple(examine(case)))) == [("authorize", "login_refused")]


def test_token_of_another_server_and_one_that_may_too_little(live_hub):
    foreign = live_hub.token("demo")
    assert failures(examined(live_hub.port, token=foreign)) == [("call", "token_rejected")]
    words = ("mint_token", "--user", "admin", "--server", SLUG, "--scope", "mcp:prompts")
    assert examined(live_hub.port, token=live_hub.manage(*words)).well  # lists need no scope


# --- a hub that knows itself by another name ------------------------------------------------------


@pytest.fixture(scope="module")
def misnamed(prepared, tmp_path_factory) -> Iterator[LiveHub]:
    """A hub whose MCPHUB_PUBLIC_URL is not what people type, though it answers to that name."""
    folder = tmp_path_factory.mktemp("misnamed") / "data"
    shutil.copytree(prepared, folder)
    names = {"MCPHUB_PUBLIC_URL": "http://hub.example.com", "MCPHUB_EXTRA_HOSTS": "127.0.0.1"}
    hub = start(folder, "uvicorn", **names)
    yield hub
    end(hub)


def test_address_that_is_not_the_public_url_is_told_as_such(misnamed):
    report = examined(misnamed.port)
    assert failures(report) == [("metadata", "host_differs")]
    (finding,) = (each for step in report.steps for each in step.findings)
    assert "MCPHUB_PUBLIC_URL" in finding.fault.fix and "hub.example.com" in finding.detail
    assert failures(examined(misnamed.port, host="localhost")) == [("address", "host_refused")]


# --- the command ----------------------------------------------------------------------------------


def doctor(hub, *words, said=""):
    """Run the command; return its status, what it printed and what it said beside."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "doctor", *words]
    done = subprocess.run(command, env=hub.environ, input=said, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_command_tells_each_step_in_a_line_and_takes_the_password_from_a_line(live_hub):
    words = (f"{live_hub.url}/mcp/{SLUG}", "--user", "admin")
    status, printed, beside = doctor(live_hub, *words, said=PASSWORD + "\n")
    assert status == 0, printed
    assert [line[:2] for line in printed.splitlines()] == ["✓ "] * len(STEPS)
    assert "mcphub doctor" in beside and PASSWORD not in printed + beside


def test_command_ends_with_1_and_names_the_fix(live_hub):
    with proxy(live_hub.port, Wrong(drops_out=("www-authenticate",))) as port:
        status, printed, _ = doctor(live_hub, f"http://127.0.0.1:{port}/mcp/{SLUG}")
        as_json = doctor(live_hub, f"http://127.0.0.1:{port}/mcp/{SLUG}", "--json")
    assert status == 1 and "[challenge_missing]" in printed and "    fix:  " in printed
    told = json.loads(as_json[1])
    assert as_json[0] == 1 and not told["ok"]
    (failed,) = (step for step in told["steps"] if step["status"] == "failed")
    assert (failed["step"], failed["reason"]) == ("challenge", "challenge_missing")
    assert failed["findings"][0]["fix"]


def test_command_reads_a_token_from_standard_input(live_hub):
    words = (f"{live_hub.url}/mcp/{SLUG}", "--token", "-")
    status, printed, beside = doctor(live_hub, *words, said=live_hub.token(SLUG))
    assert status == 0 and "✓ call: 4 tools listed" in printed and beside == ""
