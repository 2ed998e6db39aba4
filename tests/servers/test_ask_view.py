"""/ask/<id>/: asking for a server that one may find but not use."""

import uuid

import pytest
from django.test import Client

from servers import services
from servers.models import AccessRequest, AccessRule, Server
from tests import make


@pytest.fixture
def finance(db):
    return make.server("finance", title="Money <b>", description="Budgets", discoverable=True)


@pytest.fixture
def address(finance):
    return f"/ask/{finance.public_id}/"


@pytest.fixture
def page(client, charlie):
    client.force_login(charlie)
    return client


def text(answer):
    return answer.content.decode()


def test_asking_makes_a_request_that_waits(page, address, charlie):
    html = text(page.get(address))
    assert "Money &lt;b&gt;" in html and "Budgets" in html and "finance" not in html
    answer = page.post(address, {"reason": "For <i>work"}, follow=True)
    assert "You have asked" in text(answer) and "Your request waits" in text(answer)
    request = AccessRequest.objects.get()
    assert (request.user, request.reason, request.state) == (charlie, "For <i>work", "open")
    assert "Ask for access" not in text(page.get(address))


def test_no_reason_is_needed_and_asking_twice_asks_once(page, address):
    assert page.post(address).status_code == 302
    assert page.post(address, {"reason": "again"}).status_code == 302
    assert AccessRequest.objects.get().reason == ""


@pytest.mark.parametrize("reason", ["x" * 501, "nul\0"])
def test_reason_is_bounded(page, address, reason):
    answer = page.post(address, {"reason": reason})
    assert answer.status_code == 422
    assert not AccessRequest.objects.exists()


def test_declined_it_says_from_when_to_ask_again(page, address):
    page.post(address)
    services.decline_request(actor=None, request=AccessRequest.objects.get())
    html = text(page.get(address))
    assert "Your request was declined" in html and "You may ask again from" in html
    answer = page.post(address, {"reason": "please"})
    assert answer.status_code == 422
    assert AccessRequest.objects.count() == 1


def test_granted_it_leads_to_connecting(page, address):
    page.post(address)
    services.grant_request(actor=None, request=AccessRequest.objects.get())
    assert page.get(address)["Location"] == "/connect/finance/"
    assert page.post(address)["Location"] == "/connect/finance/"
    assert AccessRequest.objects.count() == AccessRule.objects.count() == 1


@pytest.mark.parametrize("fields", [{"discoverable": False}, {"enabled": False}])
def test_what_may_not_be_found_is_not_there(page, address, fields):
    Server.objects.update(**fields)
    assert page.get(address).status_code == page.post(address).status_code == 404
    assert page.get(f"/ask/{uuid.uuid4()}/").status_code == 404
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize("fields", [{"discoverable": False}, {"enabled": False}])
def test_answer_is_found_where_it_was_asked_for_whatever_became_of_the_server(
    page, bob, address, fields
):
    page.post(address)
    Server.objects.update(**fields)
    assert "Your request waits" in text(page.get(address))
    assert "Your request waits" in text(page.post(address, follow=True))
    assert address in text(page.get("/"))
    services.decline_request(actor=None, request=AccessRequest.objects.get())
    html = text(page.get(address))
    assert "Your request was declined" in html and "You may ask again" not in html
    assert address in text(page.get("/"))
    page.force_login(bob)
    assert page.get(address).status_code == 404
    assert address not in text(page.get("/"))


def test_who_was_granted_a_server_that_is_found_no_longer_is_led_to_it(page, address):
    page.post(address)
    services.grant_request(actor=None, request=AccessRequest.objects.get())
    Server.objects.update(discoverable=False)
    assert page.get(address)["Location"] == "/connect/finance/"
    Server.objects.update(enabled=False)
    assert page.get(address).status_code == 404


def test_title_shows_what_can_be_seen_of_it(page, finance, address):
    Server.objects.update(title="Tax \u202egnp.exe", description="\u200b")
    html = text(page.get(address))
    assert "<bdi>Tax gnp.exe</bdi>" in html and "\u202e" not in html
    Server.objects.update(title="\u200b")
    assert "<bdi>finance</bdi>" in text(page.get("/"))


def test_who_is_not_logged_in_is_led_to_the_log_in(client, address):
    assert client.get(address)["Location"].startswith("/login/?next=/ask/")
    assert client.post(address)["Location"].startswith("/login/")


def test_another_site_cannot_ask_for_me(address, charlie):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(charlie)
    assert browser.post(address, {"reason": "x"}).status_code == 403
    assert not AccessRequest.objects.exists()
