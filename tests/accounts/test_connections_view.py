"""/me/connections/: what I allowed, and taking it back."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from accounts import connections
from accounts.models import Consent, IssuedToken, User
from tests import make

PAGE = "/me/connections/"
ALL = "/me/connections/revoke/"


@pytest.fixture
def server(db, directory):
    row = make.server("notes", title="Notes")
    facts = directory.add("notes")
    row.public_id = facts.public_id
    row.save()
    return row


@pytest.fixture
def consent(bob, server) -> Consent:
    row = make.consent(bob, make.client("Editor"), server)
    make.connected(row)
    return row


def url(consent: Consent) -> str:
    return f"{PAGE}{consent.public_id}/revoke/"


def html(answer) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("address", [PAGE, ALL, f"{PAGE}{uuid.UUID(int=7)}/revoke/"])
def test_visitor_is_sent_to_log_in(client, db, address):
    assert client.get(address)["Location"].startswith("/login/")
    assert client.post(address)["Location"].startswith("/login/")


def test_without_connections_the_page_says_how_one_comes_about(client, bob, directory):
    client.force_login(bob)
    page = html(client.get(PAGE))
    assert "No connections yet." in page and "Disconnect all" not in page


def test_connection_says_who_for_which_server_to_do_what(client, bob, consent):
    client.force_login(bob)
    page = html(client.get(PAGE))
    assert "Editor" in page and "on <bdi>Notes</bdi> <code>/mcp/notes</code>" in page
    assert ">Read</li>" in page and ">Write</li>" in page and ">Destroy</li>" not in page
    assert "Never" in page and "Must ask again" not in page


def test_what_destroys_is_marked_and_each_word_is_explained(client, bob, server):
    make.consent(bob, make.client(), server, scopes="mcp:read mcp:destructive")
    client.force_login(bob)
    page = html(client.get(PAGE))
    assert (
        '<li class="chip off"><span class="danger-mark" aria-hidden="true">!</span>Destroy<' in page
    )
    assert '<li class="chip">Read<' in page
    assert "Call tools that delete or overwrite</dd>" in page and "Fetch prompts</dd>" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"registration_source": "manual"}, "Added by an admin."),
        ({"registration_source": "dcr"}, "Self-registered."),
        (
            {"registration_source": "cimd", "client_id": "https://app.example.com/client.json"},
            "Verified domain app.example.com.",
        ),
        ({"registration_source": "cimd", "client_id": "https://[x"}, "Verified domain."),
        ({"registration_source": "later"}, "Self-registered."),
    ],
)
def test_page_says_how_the_client_is_known(client, bob, server, fields, said):
    make.consent(bob, make.client(**fields), server)
    client.force_login(bob)
    assert said in html(client.get(PAGE))


def test_client_that_names_itself_in_html_is_shown_as_text(client, bob, server):
    make.consent(bob, make.client("<script>alert(1)</script>"), server)
    client.force_login(bob)
    for address in (PAGE, url(Consent.objects.get())):
        assert "<script>alert" not in html(client.get(address))


def test_last_use_is_shown_and_used_last_comes_first(client, bob, server):
    now = timezone.now()
    for days, name in ((None, "Never used"), (3, "Older"), (1, "Newer")):
        used = now - timedelta(days=days) if days else None
        make.consent(bob, make.client(name), server, last_used_at=used)
    client.force_login(bob)
    page = html(client.get(PAGE))
    assert re.search(r"\d{4}, \d\d:\d\d UTC", page)
    assert page.index("Newer") < page.index("Older") < page.index("Never used")
    assert f"{now - timedelta(days=1):%-d %b %Y}" in page


def test_last_use_is_told_in_the_readers_zone(client, bob, server):
    used = datetime(2026, 1, 2, 0, 30, tzinfo=UTC)
    make.consent(bob, make.client(), server, last_used_at=used)
    client.force_login(bob)
    client.cookies["mcphub_zone"] = "America/New_York"
    assert ">1 Jan 2026, 19:30 EST<" in html(client.get(PAGE))


@pytest.mark.parametrize("left", ["access", "refresh", "none"])
def test_page_says_when_a_client_has_no_token_left(client, bob, consent, left):
    if left != "access":
        get_access_token_model().objects.update(expires=timezone.now() - timedelta(days=1))
    if left != "refresh":
        get_refresh_token_model().objects.update(revoked=timezone.now())
    client.force_login(bob)
    assert ("Must ask again" in html(client.get(PAGE))) is (left == "none")


def test_connection_to_a_server_that_is_gone_can_still_be_ended(client, bob, directory):
    consent = make.consent(bob, make.client(), make.server())
    client.force_login(bob)
    assert "on a server that is gone" in html(client.get(PAGE))
    assert client.get(url(consent)).status_code == 200
    client.post(url(consent))
    assert not Consent.objects.exists()


def test_others_connections_are_not_mine(client, charlie, consent):
    client.force_login(charlie)
    assert "Editor" not in html(client.get(PAGE))
    unknown = f"{PAGE}{uuid.UUID(int=7)}/revoke/"
    for address in (url(consent), unknown):
        assert client.get(address).status_code == 404
        answer = client.post(address, follow=True)
        assert answer.redirect_chain == [(PAGE, 302)]
        assert "You have no such connection, or no longer." in html(answer)
    assert Consent.objects.exists()


def test_cost_of_the_page_does_not_grow(client, bob, server, django_assert_max_num_queries):
    client.force_login(bob)
    for _ in range(12):
        make.connected(make.consent(bob, make.client(), server))
    client.get(PAGE)  # the banner and stops are remembered from here on
    with django_assert_max_num_queries(5):
        assert html(client.get(PAGE)).count('class="row connection"') == 12


def test_page_is_bounded(client, bob, server, monkeypatch):
    monkeypatch.setattr(connections, "MOST_SHOWN", 2)
    for _ in range(3):
        make.consent(bob, make.client(), server)
    client.force_login(bob)
    assert html(client.get(PAGE)).count('class="row connection"') == 2


def test_looking_asks_first_and_the_button_disconnects(client, bob, consent):
    client.force_login(bob)
    assert "Disconnect “<bdi>Editor</bdi>”?" in html(client.get(url(consent)))
    assert Consent.objects.exists()
    assert "is disconnected" in html(client.post(url(consent), follow=True))
    assert not Consent.objects.exists() and not IssuedToken.objects.exists()


def test_button_pressed_twice_leads_to_the_list(client, bob, consent):
    client.force_login(bob)
    client.post(url(consent))
    page = html(client.post(url(consent), follow=True))
    assert "is disconnected" in page and "or no longer" in page


def test_form_needs_its_csrf_token(client, bob, consent):
    client.force_login(bob)
    client.handler.enforce_csrf_checks = True
    for address in (url(consent), ALL):
        assert client.post(address).status_code == 403
    assert Consent.objects.exists()


@pytest.mark.parametrize("tick", [{}, {"tokens_too": "on"}])
def test_all_are_disconnected_and_tokens_if_ticked(client, bob, charlie, consent, server, tick):
    make.token(bob, server)
    make.consent(charlie, make.client(), server)
    client.force_login(bob)
    assert "1 works now." in html(client.get(ALL))
    page = html(client.post(ALL, tick, follow=True))
    assert "Ended: 1 connection" in page and ("and 1 token." in page) is bool(tick)
    assert [row.user for row in Consent.objects.all()] == [charlie]
    assert IssuedToken.objects.filter(user=bob).exists() is not bool(tick)


def test_tokens_that_clients_got_are_not_among_those_one_made(client, bob, consent, server):
    make.token(bob, server)
    client.force_login(bob)
    page = html(client.get("/me/tokens/"))
    assert "made for a test" in page and "Editor" not in page
    issued = IssuedToken.objects.get(origin=IssuedToken.Origin.CONSENT)
    assert client.get(f"/me/tokens/{issued.public_id}/revoke/").status_code == 404


def test_pages_lead_to_each_other(client, bob: User, directory):
    client.force_login(bob)
    page = html(client.get(PAGE))
    for address in ("/me/connections/", "/me/password/", "/me/sessions/end/", "/me/tokens/"):
        assert f'href="{address}"' in page
    assert 'href="/me/connections/" aria-current="page"' in page
