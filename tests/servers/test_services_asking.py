"""Services about requests for access."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from servers import services
from servers.errors import Answered, AskedLately, Gone, InvalidValue, NotAllowed, StillDenied
from servers.models import AccessRequest, AccessRule, Server
from servers.selectors import requests_waiting, servers_usable_by
from servers.services.asking import PAUSE
from tests import make
from tests.admin_pages import changes


@pytest.fixture
def finance(db):
    """A server that may be found and asked for."""
    return make.server("finance", discoverable=True)


@pytest.fixture
def asked(finance, charlie):
    """charlie asked for it."""
    return services.ask_for_access(actor=charlie, server=finance, reason=" for the report ")


def test_request_waits_and_is_recorded_without_its_reason(asked, charlie):
    assert (asked.state, asked.reason, asked.decided_at) == ("open", "for the report", None)
    assert requests_waiting() == 1
    (change,) = changes("access.ask")
    assert change["after"] == {"user": "charlie", "state": "open"}


def test_who_asks_again_goes_on_waiting_with_the_first_reason(asked, finance, charlie, bob):
    again = services.ask_for_access(actor=charlie, server=finance, reason="other")
    assert (again.pk, again.reason) == (asked.pk, "for the report")
    services.ask_for_access(actor=bob, server=finance)
    assert requests_waiting() == 2
    assert len(changes("access.ask")) == 2


@pytest.mark.parametrize("fields", [{"discoverable": False}, {"enabled": False}])
def test_only_what_may_be_found_can_be_asked_for(finance, charlie, fields):
    Server.objects.update(**fields)
    with pytest.raises(Gone):
        services.ask_for_access(actor=charlie, server=finance)


@pytest.mark.parametrize("reason", ["x" * 501, "nul \0", "half \ud800"])
def test_reason_is_bounded_and_storable(finance, charlie, reason):
    with pytest.raises(InvalidValue):
        services.ask_for_access(actor=charlie, server=finance, reason=reason)
    assert requests_waiting() == 0


def test_granted_the_person_may_use_it_at_once(asked, alice, charlie, announced):
    before = announced()
    done = services.grant_request(actor=alice, request=asked)
    assert (done.state, done.decided_at is not None) == ("granted", True)
    assert [server.slug for server in servers_usable_by(charlie)] == ["finance"]
    rule = AccessRule.objects.get()
    assert (rule.user, rule.effect, rule.pattern, rule.tag) == (charlie, "allow", "*", None)
    assert announced() == before + 1
    (change,) = changes("access.grant")
    assert (change["before"]["state"], change["after"]["state"]) == ("open", "granted")
    assert len(changes("rule.add")) == 1


def test_declined_the_person_may_ask_again_after_a_pause(asked, finance, alice, charlie):
    services.decline_request(actor=alice, request=asked)
    assert servers_usable_by(charlie) == []
    assert [change["after"]["state"] for change in changes("access.decline")] == ["declined"]
    with pytest.raises(AskedLately, match="You may ask again from"):
        services.ask_for_access(actor=charlie, server=finance)
    asked.refresh_from_db()
    AccessRequest.objects.update(decided_at=asked.decided_at - PAUSE - timedelta(seconds=1))
    assert services.ask_for_access(actor=charlie, server=finance).pk != asked.pk


def test_who_lost_what_was_granted_may_ask_again_at_once(asked, finance, alice, charlie):
    services.grant_request(actor=alice, request=asked)
    services.delete_rule(actor=alice, rule=AccessRule.objects.get())
    assert services.ask_for_access(actor=charlie, server=finance).state == "open"


@pytest.mark.parametrize("answer", [services.grant_request, services.decline_request])
def test_request_is_answered_once(asked, alice, answer):
    services.decline_request(actor=alice, request=asked)
    with pytest.raises(Answered):
        answer(actor=alice, request=asked)
    AccessRequest.objects.all().delete()
    with pytest.raises(Gone):
        answer(actor=alice, request=asked)


def test_grant_that_would_open_nothing_says_why(asked, finance, alice, charlie):
    make.rule(finance, effect="deny", user=charlie)
    with pytest.raises(StillDenied, match="denies charlie everything on Finance"):
        services.grant_request(actor=alice, request=asked)
    asked.refresh_from_db()
    assert asked.state == "open"


def test_nobody_who_is_disabled_is_let_in(asked, alice, charlie):
    charlie.is_active = False
    charlie.save()
    with pytest.raises(InvalidValue, match="charlie is disabled"):
        services.grant_request(actor=alice, request=asked)


@pytest.mark.parametrize("answer", [services.grant_request, services.decline_request])
def test_only_who_may_answer_answers(asked, charlie, answer):
    with pytest.raises(NotAllowed):
        answer(actor=charlie, request=asked)


def test_granting_needs_the_right_to_make_rules_too(asked):
    clerk = make.user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="change_accessrequest"))
    with pytest.raises(NotAllowed):
        services.grant_request(actor=clerk, request=asked)
    asked.refresh_from_db()
    assert asked.state == "open"
    assert services.decline_request(actor=clerk, request=asked).state == "declined"
