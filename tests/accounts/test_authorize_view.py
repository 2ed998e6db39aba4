"""/authorize."""

import hashlib
import json
import logging

import pytest
from django.db import OperationalError
from django.utils import timezone
from oauth2_provider.models import get_grant_model

from accounts import services
from accounts.models import AuthorizationRequest, Consent
from accounts.oauth import engine
from accounts.oauth.client_documents import Found
from accounts.oauth.denials import REASONS, Reason
from accounts.oauth.directory import Offer, OfferedTool
from accounts.services.consenting import MOST_OPEN
from accounts.views import asking
from monitoring.errors import AuditFull
from monitoring.models import AuditEvent
from tests import make
from tests.accounts.asking import HUB, SERVERS, answer, page_in, request_of, ticked_in, told
from tests.connecting import Connecting

Grant = get_grant_model()
TOOLS = Offer(
    (
        OfferedTool("look", "Look", "Only looks.", "mcp:read"),
        OfferedTool("save", "Save", "Changes things.", "mcp:write"),
        OfferedTool("drop", "Drop", "Deletes things.", "mcp:destructive"),
    ),
    resources=2,
    prompts=1,
)


@pytest.fixture
def app(db):
    """A client that registered itself."""
    return make.oauth_client("Claude", registration_source="dcr")


@pytest.fixture
def mine(client, bob, directory):
    """Bob's browser, with a server he may use and one he may not."""
    directory.offers[directory.add("demo", "bob").public_id] = TOOLS
    directory.add("secret", "alice")
    client.force_login(bob)
    return client


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


# --- the page -----------------------------------------------------------------------------------


def test_who_is_not_logged_in_is_sent_to_log_in_and_comes_back(client, directory, app, bob):
    directory.add("demo", "bob")
    asked = client.get(request_of(app))
    assert asked.status_code == 302 and asked["Location"].startswith("/login/?next=/authorize%3F")
    form = {"username": "bob", "password": make.PASSWORD}
    entered = client.post(asked["Location"], form)
    assert entered["Location"] == request_of(app)
    assert page_in(client.get(entered["Location"]))


@pytest.mark.behaviour("Q8")
def test_page_names_client_host_server_and_person(mine, app):
    page = text_of(mine.get(request_of(app)))
    assert 'Connect <bdi title="Claude">Claude</bdi> to <bdi title="Demo">Demo</bdi>?' in page
    assert "It chose its name itself; nobody has checked it." in page
    assert '<strong class="host"><bdi>127.0.0.1</bdi></strong>' in page
    assert "You are logged in as <strong><bdi>bob</bdi></strong>" in page
    assert 'href="/me/connections/"' in page


def test_long_names_are_cut_in_the_heading_and_whole_below(mine, app):
    type(app).objects.update(name="Client " * 8)
    heading, _, below = text_of(mine.get(request_of(app))).partition("</h1>")
    assert ">Client Client Client Client Cli…</bdi> to" in heading
    assert f"<strong><bdi>{('Client ' * 8).strip()}</bdi></strong>" in below


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"registration_source": "manual"}, "Added by an admin"),
        (
            {"registration_source": "cimd", "client_id": "https://claude.ai/client.json"},
            "Verified domain <bdi>claude.ai</bdi>",
        ),
    ],
)
def test_page_says_how_the_client_is_known(mine, known, words):
    page = text_of(mine.get(request_of(make.oauth_client("Claude", **known))))
    assert words in page and "nobody has checked" not in page


@pytest.mark.behaviour("Q8")
def test_page_warns_of_loopback_and_of_unverified_clients(mine, app):
    page = text_of(mine.get(request_of(app)))
    assert "any program can wait for the answer" in page and "Anybody can register" in page
    uri = "https://claude.ai/cb"
    web = make.oauth_client("Web", registration_source="manual", redirect_uris=uri)
    assert "Allow only if" not in text_of(mine.get(request_of(web, redirect_uri=uri)))


def test_page_says_what_each_scope_opens_here(mine, app):
    page = text_of(mine.get(request_of(app)))
    for words in (
        "2 resources",
        "1 prompt<",
        "<bdi>Look</bdi>",
        "Changes things.",
        "Deletes things.",
    ):
        assert words in page
    assert page.count("1 tool</strong>") == 3


@pytest.mark.parametrize(
    ("scope", "ticked"),
    [
        (None, ["mcp:read", "mcp:write", "mcp:prompts"]),
        ("mcp:read", ["mcp:read"]),
        ("mcp:write offline_access", ["mcp:read", "mcp:write"]),
        ("mcp:destructive", ["mcp:read", "mcp:write", "mcp:destructive"]),
    ],
)
def test_what_is_asked_is_ticked_with_what_it_includes(mine, app, scope, ticked):
    assert ticked_in(mine.get(request_of(app, scope=scope))) == ticked


def test_page_shows_what_is_new_since_the_last_time(mine, app, bob, directory):
    make.consent(bob, app, directory.by_slug("demo"), scopes="mcp:read")
    response = mine.get(request_of(app, scope="mcp:write"))
    page = text_of(response)
    assert "already may: <strong>Read</strong>." in page
    assert "It now asks also for: <strong>Write</strong>." in page
    assert ticked_in(response) == ["mcp:read", "mcp:write"]


def test_what_a_client_already_may_stays_ticked_but_what_destroys(mine, app, bob, directory):
    every = "mcp:read mcp:write mcp:destructive mcp:prompts"
    make.consent(bob, app, directory.by_slug("demo"), scopes=every)
    response = mine.get(request_of(app, scope="mcp:read"))
    assert ticked_in(response) == ["mcp:read", "mcp:write", "mcp:prompts"]
    page = text_of(response)
    assert "It asks for nothing more." in page
    assert "Not ticked: <strong>Destroy</strong>. Allow takes it away, unless you tick it." in page
    assert "what it already may, but for what is named above." in page


def test_page_that_asks_which_server_says_what_a_client_may_on_each(mine, app, bob, directory):
    directory.add("other", "bob")
    make.consent(bob, app, directory.by_slug("other"), scopes="mcp:read mcp:destructive")
    page = text_of(mine.get(request_of(app, resource=None)))
    assert page.count("It already may: <strong>Read</strong>, <strong>Destroy</strong>.") == 1
    assert "what is ticked takes its place." in page
    make.consent(make.user(), app, directory.by_slug("demo"))
    assert "Not ticked" not in page and page.count("It already may") == 1


@pytest.mark.parametrize(
    "parameters",
    [
        {"approval_prompt": "auto"},
        {"prompt": "none"},
        {"prompt": "consent", "max_age": "0"},
        {"skip_authorization": "true"},
        {"decision": "allow", "scopes": "mcp:read", "allow": "Authorize"},
    ],
)
def test_no_parameter_and_no_earlier_consent_skips_the_page(mine, app, bob, directory, parameters):
    app.skip_authorization = True
    app.save()
    make.consent(bob, app, directory.by_slug("demo"))
    make.token(bob, make.server())
    assert page_in(mine.get(request_of(app, **parameters)))
    assert not Grant.objects.exists()


def test_foreign_names_are_escaped_cut_and_isolated(mine, directory):
    evil = "\u202e<script>alert(1)</script>" + "A" * 200
    app = make.oauth_client(evil, registration_source="dcr")
    page = mine.get(request_of(app)).content.decode()
    assert "<script>alert" not in page and "\u202e" not in page and "A" * 61 not in page
    assert "<bdi>&lt;script&gt;" in page


def test_page_is_not_kept_framed_or_read_from_elsewhere(mine, app):
    headers = mine.get(request_of(app)).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy and "script-src 'self';" in policy
    assert "form-action 'self' http://127.0.0.1:3334;" in policy
    assert headers["Cross-Origin-Opener-Policy"] == "unsafe-none"


def test_address_of_the_page_is_told_to_nobody_else(mine, app):
    """Not no-referrer: with that browsers send `Origin: null`, which fails the check of forms."""
    shown = mine.get(request_of(app))
    assert shown["Referrer-Policy"] == "same-origin"
    assert answer(mine, page_in(shown))["Referrer-Policy"] == "no-referrer"


def test_page_costs_the_same_however_many_servers_and_tools(
    mine, app, directory, django_assert_max_num_queries
):
    for number in range(30):
        directory.add(f"more{number}", "bob")
    tools = tuple(OfferedTool(f"t{n}", f"T {n}", "", "mcp:read") for n in range(300))
    directory.offers[directory.by_slug("demo").public_id] = Offer(tools)
    with django_assert_max_num_queries(14):
        page = text_of(mine.get(request_of(app)))
    assert "300 tools" in page and "and 100 more" in page
    with django_assert_max_num_queries(14):
        mine.get(request_of(app, resource=None))


def test_head_is_answered_and_other_methods_are_not(mine, app):
    assert mine.head(request_of(app)).status_code == 200
    assert mine.put(request_of(app)).status_code == 405


# --- allow and deny -----------------------------------------------------------------------------


def test_allow_gives_a_code_bound_to_what_was_shown(mine, app, bob, directory):
    said = told(answer(mine, page_in(mine.get(request_of(app))), scopes=["mcp:write"]))
    assert (said["state"], said["iss"]) == ("their-state", HUB)
    grant = Grant.objects.get()
    assert grant.code == hashlib.sha256(said["code"].encode()).hexdigest()
    assert (grant.user, grant.application) == (bob, app)
    assert (grant.redirect_uri, grant.code_challenge) == (make.CALLBACK, make.CHALLENGE)
    assert grant.resource == [directory.by_slug("demo").resource]
    assert grant.scope == "mcp:read mcp:write"
    consent = Consent.objects.get()
    assert (consent.scopes, consent.server) == (grant.scope, directory.by_slug("demo").public_id)


def test_person_may_give_less_and_more_than_was_asked(mine, app):
    response = mine.get(request_of(app, scope="mcp:write"))
    answer(mine, page_in(response), scopes=["mcp:prompts", "mcp:read"])
    assert Grant.objects.get().scope == "mcp:read mcp:prompts"


def test_allowing_again_changes_the_one_consent(mine, app):
    for scopes in (["mcp:write"], ["mcp:read"]):
        answer(mine, page_in(mine.get(request_of(app))), scopes=scopes)
    assert Consent.objects.get().scopes == "mcp:read" and Grant.objects.count() == 2


def test_deny_is_told_to_the_client_and_gives_nothing(mine, app):
    said = told(answer(mine, page_in(mine.get(request_of(app))), "deny", scopes=[]))
    assert said["error"] == "access_denied" and "code" not in said
    assert (said["state"], said["iss"]) == ("their-state", HUB)
    assert not Grant.objects.exists() and not Consent.objects.exists()


def test_redirect_uri_keeps_its_own_query(mine):
    uri = "https://a.example/cb?team=a%20b&x"
    app = make.oauth_client(redirect_uris=uri)
    page = page_in(mine.get(request_of(app, redirect_uri=uri)))
    assert answer(mine, page)["Location"].startswith(f"{uri}&code=")


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_answers_are_plain_redirects_that_nobody_keeps(mine, app, decision):
    response = answer(mine, page_in(mine.get(request_of(app))), decision)
    assert (response.status_code, response["Cache-Control"]) == (302, "no-store")


def test_page_and_both_decisions_are_recorded_without_what_only_the_client_may_know(
    mine, bob, app, recorded
):
    said = told(answer(mine, page_in(mine.get(request_of(app)))))
    answer(mine, page_in(mine.get(request_of(app))), "deny")
    assert recorded() == ["consent.ask", "consent.allow", "consent.deny"]
    asked, *rows = AuditEvent.objects.order_by("id")
    assert (asked.user, asked.client) == (bob.public_id, str(app.public_id))
    assert (asked.server, asked.verdict, asked.outcome) == ("demo", "", "ok")
    assert json.loads(asked.data) == {"address": "127.0.0.1"}
    assert '"scopes": ["mcp:read"]' in rows[0].data and "127.0.0.1" in rows[0].data
    kept = "".join(str(row.__dict__) for row in rows)
    for secret in (said["code"], "their-state", make.CHALLENGE):
        assert secret not in kept


REFUSED = [
    ({"redirect_uri": "https://evil.example/cb"}, "redirect_mismatch"),
    ({"code_challenge": None}, "pkce_missing"),
    ({"resource": f"{SERVERS}/secret"}, "resource_unknown"),
    ({"client_id": "nobody"}, "client_unknown"),
]


@pytest.mark.parametrize(("changes", "reason"), REFUSED)
def test_request_that_is_refused_is_recorded_with_whose_it_is_once_a_minute(
    mine, bob, app, recorded, changes, reason
):
    for number in range(5):
        mine.get(request_of(app, state=f"canary-{number}", **changes))
    assert recorded() == ["consent.refuse"]
    event = AuditEvent.objects.get()
    assert (event.user, event.reason, event.verdict) == (bob.public_id, reason, "deny")
    assert event.client == ("" if "client_id" in changes else str(app.public_id))
    assert "canary" not in str(event.__dict__)


def test_request_of_nobody_for_nothing_is_no_event_of_its_own(client, app, recorded):
    client.get(request_of(app, client_id="nobody"))
    assert recorded() == []
    client.get(request_of(app, redirect_uri="https://evil.example/cb"))
    assert recorded() == ["consent.refuse"]
    event = AuditEvent.objects.get()
    assert (event.user, event.client) == (None, str(app.public_id))


def test_code_is_in_no_log(mine, app, caplog):
    caplog.set_level(logging.DEBUG)
    said = told(answer(mine, page_in(mine.get(request_of(app)))))
    assert said["code"] not in caplog.text


def test_senseless_answer_shows_the_page_again_with_its_ticks(mine, app):
    page = page_in(mine.get(request_of(app)))
    nothing = answer(mine, page, scopes=[])
    assert nothing.status_code == 422 and "at least one thing" in text_of(nothing)
    unknown = answer(mine, page, "maybe", scopes=["mcp:read", "mcp:everything"])
    assert unknown.status_code == 422 and "Choose Allow or Deny." in text_of(unknown)
    assert ticked_in(unknown) == ["mcp:read"]
    assert told(answer(mine, page))["code"]


# --- which server -------------------------------------------------------------------------------


def test_without_resource_the_person_chooses_one_server(mine, app, directory):
    directory.add("weather", "bob")
    response = mine.get(request_of(app, resource=None))
    page = text_of(response)
    assert page.count('type="radio"') == 2 and "secret" not in page
    assert 'type="radio" checked' not in page and "required" in page
    missing = answer(mine, page_in(response))
    assert missing.status_code == 422 and "Choose the server it may use." in text_of(missing)
    foreign = answer(mine, page_in(response), server="secret")
    assert foreign.status_code == 422 and "Choose one of these servers." in text_of(foreign)
    told(answer(mine, page_in(response), server="weather"))
    assert Grant.objects.get().resource == [directory.by_slug("weather").resource]


def test_only_server_is_chosen_already_and_tells_what_is_on_it(mine, app, directory):
    response = mine.get(request_of(app, resource=None))
    page = text_of(response)
    assert 'value="demo" required' in page and "Deletes things." in page
    told(answer(mine, page_in(response), server="demo"))
    assert Grant.objects.get().resource == [directory.by_slug("demo").resource]


def test_who_may_use_no_server_is_told_and_shown_the_way_back(client, app, charlie, directory):
    client.force_login(charlie)
    response = client.get(request_of(app, resource=None))
    page = text_of(response)
    assert response.status_code == 403 and "add you to a team" in page
    assert "error=access_denied" in page and "state=their-state" in page
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.behaviour("Q6")
@pytest.mark.parametrize(
    "resource",
    [
        f"{SERVERS}/secret",
        f"{SERVERS}/nowhere",
        "https://evil.example/mcp/demo",
        f"{SERVERS}/demo/x",
        f"{SERVERS}/demo#x",
        "\0",
        "x" * 3000,
    ],
)
def test_server_one_may_not_use_is_as_unknown_as_any(mine, app, resource):
    said = told(mine.get(request_of(app, resource=resource)))
    assert said.pop("error") == "invalid_target"
    assert said["error_description"] == REASONS[Reason.TARGET].description


def test_two_resources_are_one_too_many(mine, app):
    address = request_of(app) + f"&resource={SERVERS}/demo"
    assert told(mine.get(address))["error"] == "invalid_target"


def test_servers_are_judged_after_log_in(client, app, directory):
    directory.add("secret", "alice")
    for slug in ("secret", "nowhere"):
        response = client.get(request_of(app, resource=f"{SERVERS}/{slug}"))
        assert response["Location"].startswith("/login/")


def test_access_that_ends_before_the_answer_gives_nothing(mine, app, directory):
    page = page_in(mine.get(request_of(app)))
    directory.users["demo"].clear()
    assert told(answer(mine, page))["error"] == "invalid_target"
    assert not Grant.objects.exists()


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.behaviour("Q11")
@pytest.mark.parametrize("logged_in", [True, False])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"client_id": None}, Reason.CLIENT_MISSING),
        ({"client_id": "nobody"}, Reason.CLIENT_UNKNOWN),
        ({"client_id": "\0"}, Reason.AMBIGUOUS),
        ({"client_id": "x" * 300}, Reason.AMBIGUOUS),
        ({"redirect_uri": "\0"}, Reason.AMBIGUOUS),
        ({"redirect_uri": "https://evil.example/cb"}, Reason.REDIRECT_MISMATCH),
        ({"redirect_uri": make.CALLBACK + "/x"}, Reason.REDIRECT_MISMATCH),
        ({"redirect_uri": make.CALLBACK + "#x"}, Reason.REDIRECT_MISMATCH),
        ({"redirect_uri": "http://[bad"}, Reason.REDIRECT_MISMATCH),
        ({"redirect_uri": "http://127.0.0.1:x/callback"}, Reason.REDIRECT_MISMATCH),
        ({"redirect_uri": "javascript:alert(1)"}, Reason.REDIRECT_MISMATCH),
        ({"state": "x" * 100_000}, Reason.TOO_LONG),
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_verified(
    mine, client, app, changes, reason, logged_in
):
    if not logged_in:
        client.logout()
    response = client.get(request_of(app, **changes))
    telling = REASONS[reason]
    assert response.status_code == telling.status and "Location" not in response
    page = text_of(response)
    assert f"<h1>{telling.title}</h1>" in page and telling.error in page and reason in page
    assert (response["Cache-Control"], response["X-Frame-Options"]) == ("no-store", "DENY")


def test_mismatch_shows_the_host_that_was_asked_for_alone(mine, app):
    page = text_of(mine.get(request_of(app, redirect_uri="https://evil.example/cb?x=canary")))
    assert "evil.example" in page and "canary" not in page
    assert "3334" not in page and "127.0.0.1" not in page


@pytest.mark.parametrize("doubled", ["client_id", "redirect_uri"])
def test_request_that_names_its_client_twice_names_none(mine, app, doubled):
    response = mine.get(request_of(app) + f"&{doubled}=https://evil.example/cb")
    assert response.status_code == 400 and REASONS[Reason.AMBIGUOUS].title in text_of(response)


@pytest.mark.parametrize(
    ("state", "reason"),
    [({"blocked": True}, Reason.CLIENT_BLOCKED), ({"approved": False}, Reason.CLIENT_WAITING)],
)
def test_client_that_is_not_let_in_is_told_apart(mine, state, reason):
    response = mine.get(request_of(make.oauth_client("Claude", **state)))
    assert response.status_code == 403 and REASONS[reason].title in text_of(response)
    assert "<bdi>Claude</bdi>" in text_of(response)


def test_only_address_of_a_client_need_not_be_named(mine, app):
    """RFC 6749 section 3.1.2.3; one of several, or a port that nobody knows, has to be."""
    code = told(answer(mine, page_in(mine.get(request_of(app, redirect_uri=None)))))["code"]
    token = Connecting(Consent.objects.get(), app).redeem(code, redirect_uri=None)
    assert token.status_code == 200 and token.json()["scope"] == "mcp:read"
    for uris in (f"{make.CALLBACK} https://a.example/cb", "http://localhost/cb"):
        several = make.oauth_client(redirect_uris=uris)
        response = mine.get(request_of(several, redirect_uri=None))
        assert response.status_code == 400
        assert REASONS[Reason.REDIRECT_MISSING].title in text_of(response)


def test_address_that_was_not_named_may_be_named_with_the_code_if_it_is_that_one(mine, app):
    code = told(answer(mine, page_in(mine.get(request_of(app, redirect_uri=None)))))["code"]
    redeem = Connecting(Consent.objects.get(), app).redeem
    assert redeem(code, redirect_uri="https://evil.example/cb").status_code == 400
    assert redeem(code, redirect_uri=make.CALLBACK).status_code == 200


def test_redirect_uri_that_holds_an_answer_is_not_used(mine):
    uri = "https://a.example/cb?code=theirs"
    response = mine.get(request_of(make.oauth_client(redirect_uris=uri), redirect_uri=uri))
    assert response.status_code == 400 and REASONS[Reason.REDIRECT_UNFIT].title in text_of(response)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "https://a.example/"}, "request_uri_not_supported"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": "\ud7ff\0"}, "invalid_request"),
    ],
)
def test_wrong_request_of_a_known_client_is_told_at_its_redirect_uri(mine, app, changes, error):
    response = mine.get(request_of(app, **changes))
    said = told(response)
    assert (said["error"], said["state"], said["iss"]) == (error, "their-state", HUB)
    assert response["Referrer-Policy"] == "no-referrer"


def test_state_that_cannot_be_read_is_not_sent_back(mine, app):
    for state in ("a\0b", "x" * 2001):
        said = told(mine.get(request_of(app, state=state)))
        assert said["error"] == "invalid_request" and "state" not in said
    assert "state" not in told(mine.get(request_of(app) + "&state=other"))


def test_wrong_request_leads_to_nobody_before_log_in(client, app, directory):
    """RFC 9700 section 4.11.2: else anybody who registers a client has a redirector."""
    response = client.get(request_of(app, response_type="token"))
    assert response["Location"].startswith("/login/")


def test_client_of_another_grant_is_not_for_people(mine):
    app = make.oauth_client(authorization_grant_type="client-credentials")
    assert told(mine.get(request_of(app)))["error"] == "unauthorized_client"


def test_raw_bytes_are_no_fault_of_ours(mine, app):
    address = request_of(app)
    for raw in ("%ff", "%f0%28%8c%28", "%", "%zz", "%C0%80"):
        assert mine.get(f"{address}&scope={raw}").status_code == 302
        assert mine.get(f"/authorize?client_id={raw}").status_code == 400


# --- a page is answered once, by whom it was shown ----------------------------------------------


@pytest.mark.parametrize("first", ["allow", "deny"])
@pytest.mark.parametrize("second", ["allow", "deny"])
def test_page_is_answered_once(mine, app, first, second):
    page = page_in(mine.get(request_of(app)))
    answer(mine, page, first)
    grants = Grant.objects.count()
    again = answer(mine, page, second)
    assert again.status_code == 409 and "You have already answered this" in text_of(again)
    assert Grant.objects.count() == grants
    kept = AuthorizationRequest.objects.get()
    assert (kept.state, kept.code_challenge) == ("", "")


def test_page_expires(mine, app):
    page = page_in(mine.get(request_of(app)))
    AuthorizationRequest.objects.update(expires_at=timezone.now())
    late = answer(mine, page)
    assert late.status_code == 400 and "no longer valid" in text_of(late)
    assert not Grant.objects.exists()


@pytest.mark.parametrize("page", ["", "x", "0" * 32, "\0", "x" * 100_000])
def test_page_that_was_never_shown_is_not_valid(mine, page):
    assert answer(mine, page).status_code == 400


def test_page_of_another_session_or_person_is_not_valid(mine, app, bob, alice):
    page = page_in(mine.get(request_of(app)))
    mine.force_login(alice)
    assert answer(mine, page).status_code == 400
    mine.logout()
    assert answer(mine, page).status_code == 400
    mine.force_login(bob)
    assert answer(mine, page).status_code == 400
    assert not Grant.objects.exists()


def test_nothing_but_the_page_and_the_ticks_is_read_of_an_answer(mine, app, directory):
    directory.add("weather", "bob")
    other = make.oauth_client("Other")
    page = page_in(mine.get(request_of(app)))
    lies = {
        "client_id": other.client_id,
        "redirect_uri": "https://evil.example/cb",
        "state": "another",
        "code_challenge": "x" * 43,
        "code_challenge_method": "plain",
        "resource": f"{SERVERS}/weather",
        "scope": "mcp:destructive",
        "allow": "1",
    }
    fields = {"page": page, "decision": "allow", "scopes": ["mcp:read"], **lies}
    said = told(mine.post("/authorize?redirect_uri=https://evil.example/cb", fields))
    grant = Grant.objects.get()
    assert said["state"] == "their-state" and grant.application == app
    assert (grant.scope, grant.code_challenge) == ("mcp:read", make.CHALLENGE)
    assert grant.resource == [directory.by_slug("demo").resource]


def test_page_for_one_server_cannot_be_answered_for_another(mine, app, directory):
    directory.add("weather", "bob")
    page = page_in(mine.get(request_of(app)))
    assert answer(mine, page, server="weather").status_code == 422
    assert not Grant.objects.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"blocked": True}, Reason.CLIENT_BLOCKED),
        ({"approved": False}, Reason.CLIENT_WAITING),
        ({"redirect_uris": "https://other.example/cb"}, Reason.REDIRECT_MISMATCH),
    ],
)
@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_client_that_changed_meanwhile_is_told_nothing(mine, app, change, reason, decision):
    page = page_in(mine.get(request_of(app)))
    for name, value in change.items():
        setattr(app, name, value)
    app.save()
    response = answer(mine, page, decision)
    assert response.status_code == REASONS[reason].status and "Location" not in response
    assert not Grant.objects.exists() and not Consent.objects.exists()


def test_client_that_is_gone_meanwhile_leaves_no_page(mine, app):
    page = page_in(mine.get(request_of(app)))
    app.delete()
    assert answer(mine, page).status_code == 400


def test_of_a_hundred_open_pages_the_newest_can_be_answered(mine, app):
    pages = [page_in(mine.get(request_of(app))) for _ in range(100)]
    assert AuthorizationRequest.objects.count() == MOST_OPEN
    assert answer(mine, pages[0]).status_code == 400
    assert told(answer(mine, pages[-1]))["code"]
    assert told(answer(mine, pages[-MOST_OPEN]))["code"]


def test_answer_needs_its_csrf_token(mine, app):
    page = page_in(mine.get(request_of(app)))
    mine.handler.enforce_csrf_checks = True
    refused = answer(mine, page)
    assert (refused.status_code, refused["Cache-Control"]) == (403, "no-store")
    assert "This page was open too long" in text_of(refused)
    assert not Grant.objects.exists()


# --- the database is away -----------------------------------------------------------------------


def away(*args, **kwargs):
    raise OperationalError("connection refused by canary")


def test_outage_before_anything_is_verified_is_told_on_a_page(mine, app, monkeypatch):
    monkeypatch.setattr(engine, "asking_client", away)
    response = mine.get(request_of(app))
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert "temporarily_unavailable" in text_of(response) and "canary" not in text_of(response)


@pytest.mark.parametrize("fault", [OperationalError("x"), AuditFull("x")])
@pytest.mark.parametrize("service", ["keep_request", "allow_request"])
def test_outage_afterwards_is_told_to_the_client(mine, app, monkeypatch, service, fault):
    shown = mine.get(request_of(app))

    def fail(**kwargs):
        raise fault

    monkeypatch.setattr(services, service, fail)
    kept = service == "keep_request"
    response = mine.get(request_of(app)) if kept else answer(mine, page_in(shown))
    said = told(response)
    assert (said["error"], said["state"]) == ("temporarily_unavailable", "their-state")


def test_page_of_an_outage_asks_no_database(client, monkeypatch, db, django_assert_num_queries):
    monkeypatch.setattr(engine, "asking_client", away)
    with django_assert_num_queries(0):
        assert client.get("/authorize?client_id=x").status_code == 503


def test_strangers_have_the_hub_fetch_documents_by_their_address(client, db, monkeypatch):
    """Who asks for one unknown client after the other is stopped alone; not whoever comes next."""
    asked = []

    def find(client_id, source=""):
        asked.append((client_id, source))
        return Found(None)

    monkeypatch.setattr(asking, "find_client", find)
    address = request_of(make.oauth_client(), client_id="https://client.example/c.json")
    refused = client.get(address, REMOTE_ADDR="2001:db8::7")
    assert refused.status_code == 400 and "client_unknown" in refused.content.decode()
    client.get("/login/", {"next": address}, REMOTE_ADDR="192.0.2.7")
    ids, sources = zip(*asked, strict=True)
    assert set(ids) == {"https://client.example/c.json"}
    assert sources == ("2001:db8::/64", "192.0.2.7")
