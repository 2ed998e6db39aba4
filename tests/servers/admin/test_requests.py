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
