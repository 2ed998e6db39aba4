"""Requests for access in the admin."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from servers import services
from servers.models import AccessRequest, AccessRule, Server
from servers.selectors import servers_usable_by
from tests import make
from tests.admin_pages import changes, errors, filled, text, url


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def finance(db: None) -> Server:
    return make.server("finance", discoverable=True)


@pytest.fixture
def asked(finance: Server, charlie: User) -> AccessRequest:
    return services.ask_for_access(actor=charlie, server=finance, reason="For the <b>report")


def staff(*names: str) -> User:
    """Somebody with these permissions and no others."""
    person = make.user("clerk", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    return person


def test_what_waits_stands_first(page: Client, asked: AccessRequest, finance: Server) -> None:
    later = services.ask_for_access(actor=make.user("dora"), server=finance)
    services.decline_request(actor=None, request=later)
    answer = page.get(url(AccessRequest, "changelist"))
    assert [row.user.username for row in answer.context["cl"].result_list] == ["charlie", "dora"]
    assert "For the &lt;b&gt;report" in text(answer)


def test_reason_shows_what_can_be_seen_of_it(page: Client, finance: Server, charlie: User) -> None:
    asked = services.ask_for_access(actor=charlie, server=finance, reason="For \u202egnp.exe")
    Server.objects.update(title="Tax \u202egnp.exe")
    for address in (
        url(AccessRequest, "changelist"),
        url(AccessRequest, "change", asked.pk),
    ):
        html = text(page.get(address))
        assert "For gnp.exe" in html and "Tax gnp.exe" in html and "\u202e" not in html


def test_answer_is_given_on_the_page_of_a_request(
    page: Client, asked: AccessRequest, charlie: User
) -> None:
    address = url(AccessRequest, "change", asked.pk)
    form = filled(page.get(address))
    page.post(address, {**form, "answer": ""})
    assert changes("access.grant") == []
    page.post(address, {**form, "answer": "granted"})
    assert [server.slug for server in servers_usable_by(charlie)] == ["finance"]
    answered = page.get(address)
    assert answered.status_code == 200
    assert 'name="answer"' not in text(answered)
    assert page.post(address, {**form, "answer": "declined"}).status_code == 403


def test_refusal_of_the_service_is_told_in_the_form(
    page: Client, asked: AccessRequest, finance: Server, charlie: User
) -> None:
    make.rule(finance, effect="deny", user=charlie)
    answer = page.post(url(AccessRequest, "change", asked.pk), {"answer": "granted"})
    assert errors(answer) == [
        "An access rule denies charlie everything on Finance. Take that back first."
    ]


@pytest.mark.parametrize(("action", "state"), [("grant", "granted"), ("decline", "declined")])
def test_several_are_answered_from_the_list(
    action: str, state: str, page: Client, asked: AccessRequest, finance: Server
) -> None:
    services.ask_for_access(actor=make.user("dora"), server=finance)
    keys = [row.pk for row in AccessRequest.objects.all()]
    order = {"action": action, "_selected_action": keys}
    answer = page.post(url(AccessRequest, "changelist"), order, follow=True)
    assert f"2 requests for access {state}." in text(answer)
    assert {row.state for row in AccessRequest.objects.all()} == {state}
    again = page.post(url(AccessRequest, "changelist"), order, follow=True)
    assert "charlie&#x27;s request was answered already." in text(again)


def inbox(said: str, asked: AccessRequest) -> str:
    return f"/admin/servers/accessrequest/{asked.pk}/{said}/"


def test_button_of_a_row_grants_at_once_and_leads_back(
    page: Client, asked: AccessRequest, charlie: User
) -> None:
    assert text(page.get(url(AccessRequest, "changelist"))).count("formaction=") == 2
    answer = page.post(inbox("grant", asked), follow=True)
    assert "charlie may use Finance from now on." in text(answer)
    assert [server.slug for server in servers_usable_by(charlie)] == ["finance"]
    assert "formaction=" not in text(answer)
    assert "was answered already" in text(page.post(inbox("decline", asked), follow=True))


def test_button_of_a_row_declines(page: Client, asked: AccessRequest, charlie: User) -> None:
    answer = page.post(inbox("decline", asked), follow=True)
    assert "charlie&#x27;s request for Finance was declined." in text(answer)
    assert servers_usable_by(charlie) == []
    assert [change["action"] for change in changes("access.decline")] == ["access.decline"]


def test_refusal_of_an_answer_is_told(
    page: Client, asked: AccessRequest, finance: Server, charlie: User
) -> None:
    make.rule(finance, effect="deny", user=charlie)
    answer = page.post(inbox("grant", asked), follow=True)
    assert "An access rule denies charlie everything on Finance." in text(answer)
    asked.refresh_from_db()
    assert asked.state == "open"


def test_answer_takes_a_post_with_a_token_and_a_known_word(
    page: Client, asked: AccessRequest, alice: User
) -> None:
    assert page.get(inbox("grant", asked)).status_code == 405
    assert page.post(inbox("shred", asked)).status_code == 404
    assert page.post("/admin/servers/accessrequest/99999/grant/").status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(inbox("grant", asked)).status_code == 403
    assert not AccessRule.objects.exists()


def test_buttons_are_for_who_may_answer(client: Client, asked: AccessRequest) -> None:
    clerk = staff("view_accessrequest")
    client.force_login(clerk)
    listed = url(AccessRequest, "changelist")
    assert "formaction=" not in text(client.get(listed))
    for said in ("grant", "decline"):
        assert client.post(inbox(said, asked)).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="change_accessrequest"))
    assert text(client.get(listed)).count("formaction=") == 1  # granting adds a rule
    assert "You may not do this." in text(client.post(inbox("grant", asked), follow=True))
    assert not AccessRule.objects.exists()


def test_person_is_told_on_their_page(
    page: Client, client: Client, asked: AccessRequest, charlie: User
) -> None:
    page.post(inbox("grant", asked))
    client.force_login(charlie)
    home = text(client.get("/"))
    assert "Your request was granted." in home
    assert "/connect/finance/" in home
    AccessRequest.objects.update(decided_at=make.ago(days=8))
    assert "Your request was granted." not in text(client.get("/"))


def test_what_was_granted_and_taken_back_is_not_told(
    page: Client, client: Client, asked: AccessRequest, charlie: User
) -> None:
    page.post(inbox("grant", asked))
    AccessRule.objects.all().delete()
    client.force_login(charlie)
    assert "Your request was granted." not in text(client.get("/"))


def test_who_may_only_see_has_no_answer_to_give(client: Client, asked: AccessRequest) -> None:
    client.force_login(staff("view_accessrequest"))
    address = url(AccessRequest, "change", asked.pk)
    assert 'name="answer"' not in text(client.get(address))
    assert client.post(address, {"answer": "granted"}).status_code == 403
    order = {"action": "grant", "_selected_action": [asked.pk]}
    client.post(url(AccessRequest, "changelist"), order)
    assert not AccessRule.objects.exists()


def test_sidebar_counts_what_waits(page: Client, asked: AccessRequest) -> None:
    assert _badges(text(page.get("/admin/"))) == 1
    services.decline_request(actor=None, request=asked)
    assert _badges(text(page.get("/admin/"))) == 0


def _badges(html: str) -> int:
    """How many entries of the sidebar carry a number."""
    return html.count("min-w-[18px]")
