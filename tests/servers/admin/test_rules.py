"""Access rules in the admin."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from servers.models import AccessRule, Server
from tests import make
from tests.admin_pages import changes, errors, filled, text, url


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def demo(db: None) -> Server:
    return make.server("demo")


def order(server: Server, **said: Any) -> dict[str, Any]:
    return {"server": server.pk, "effect": "allow", "pattern": "*", **said}


def test_a_rule_is_added_by_the_service(page: Client, demo: Server, charlie: User) -> None:
    page.post(url(AccessRule, "add"), order(demo, user=charlie.pk, note="asked"))
    assert AccessRule.objects.get().user == charlie
    (change,) = changes("rule.add")
    assert (change["after"]["user"], change["after"]["effect"]) == ("charlie", "allow")


def test_the_server_one_comes_from_is_chosen(page: Client, demo: Server) -> None:
    answer = page.get(url(AccessRule, "add"), {"server": demo.pk})
    assert int(filled(answer)["server"]) == demo.pk


def test_what_makes_no_sense_is_told_in_words(page: Client, demo: Server, charlie: User) -> None:
    answer = page.post(url(AccessRule, "add"), order(demo))
    assert errors(answer) == ["A rule that allows names a team or a person; a deny may be for all."]
    both = order(demo, user=charlie.pk, team=make.team().pk)
    assert errors(page.post(url(AccessRule, "add"), both)) == [
        "A rule is about a team or about a person, not both."
    ]
    assert changes() == []


def test_a_rule_is_changed_with_before_and_after(page: Client, demo: Server) -> None:
    rule = make.rule(demo, effect="deny")
    address = url(AccessRule, "change", rule.pk)
    page.post(address, {**filled(page.get(address)), "pattern": "delete_*"})
    (change,) = changes("rule.update")
    assert (change["before"]["pattern"], change["after"]["pattern"]) == ("*", "delete_*")


def test_a_rule_stays_on_its_server(page: Client, demo: Server) -> None:
    rule, other = make.rule(demo, effect="deny"), make.server("other")
    address = url(AccessRule, "change", rule.pk)
    page.post(address, {**filled(page.get(address)), "server": other.pk, "note": "x"})
    rule.refresh_from_db()
    assert (rule.server, rule.note) == (demo, "x")


def test_a_rule_is_taken_back_once_the_server_is_typed(page: Client, demo: Server) -> None:
    rule = make.rule(demo, effect="deny")
    address = url(AccessRule, "delete", rule.pk)
    assert "What it kept shut opens" in text(page.get(address))
    page.post(address, {"name": "demo"})
    assert not AccessRule.objects.exists()
    assert changes("rule.delete")[0]["before"]["effect"] == "deny"
