"""Who may use a server, in words."""

import itertools

import pytest

from accounts.models import User
from catalog.models import Tag
from servers.audience import audience
from servers.facts import rules_by_server, shut_out, subject_of
from servers.models import AccessRule, Server
from servers.selectors import server_usable_by
from tests import make


def sentences(server: Server) -> list[str]:
    return [f"{said.who} {said.what}" for said in audience(server).said]


def test_every_rule_is_a_sentence(bob):
    team, tag = bob.memberships.get().team, Tag.objects.create(name="money")
    server = make.server(team=team)
    make.rule(server, user=bob, pattern="find_*")
    make.rule(server, team=team, effect="deny", tag=tag)
    make.rule(server, team=team, effect="deny", tag=tag, pattern="x*")
    make.rule(server, effect="deny", pattern="delete_*")
    make.rule(server, user=bob, effect="deny")
    assert sentences(server) == [
        "Members of team data may use everything on it",
        "bob may use what is named find_*",
        "Members of team data may not use what is tagged money",
        "Members of team data may not use what is named x* and tagged money",
        "Nobody may use what is named delete_*",
        "bob may not use anything on it",
    ]
    assert [said.people for said in audience(server).said] == [1, None, 1, 1, None, None]


def test_public_server_is_for_anyone_but_who_is_shut_out(bob, charlie):
    server = make.server(visibility="public")
    make.rule(server, user=bob, effect="deny")
    told = audience(server)
    assert (told.everyone, told.people) == (True, 1)


def test_server_without_team_and_rules_is_for_nobody(bob):
    told = audience(make.server())
    assert (told.said, told.everyone, told.people) == ((), False, 0)


@pytest.mark.parametrize("server_team", [True, False])
def test_people_are_counted_as_the_policy_judges_them(db, server_team):
    one, two = make.team(), make.team()
    people = [make.user() for _ in range(4)]
    make.user("gone", is_active=False)
    for team, person in ((one, people[0]), (one, people[1]), (two, people[1]), (two, people[2])):
        make.member(team, person)
    kinds = [{"team": one}, {"team": two}, {"user": people[3]}, {"user": people[1]}]
    effects = itertools.product(("", "allow", "deny"), repeat=4)
    for said in effects:
        server = make.server(team=one if server_team else None)
        for effect, about in zip(said, kinds, strict=True):
            if effect:
                make.rule(server, effect=effect, **about)
        let_in = [one for one in people if server_usable_by(one, server.public_id)]
        assert audience(server).people == len(let_in), said


def test_a_deny_for_everyone_leaves_nobody(bob):
    server = make.server(team=bob.memberships.get().team)
    make.rule(server, effect="deny")
    assert audience(server).people == 0
    rules = rules_by_server(AccessRule.objects.all())[server.pk]
    assert all(shut_out(subject_of(user), rules) for user in User.objects.all())


def test_queries_do_not_grow_with_rules(db, django_assert_num_queries):
    for number in (1, 30):
        server = make.server(team=make.team())
        for _ in range(number):
            make.rule(server, user=make.user())
            make.rule(server, team=make.team())
        with django_assert_num_queries(4):
            assert audience(server).people == number


def test_more_rules_than_a_page_holds_are_counted(db, monkeypatch):
    monkeypatch.setattr("servers.audience.SHOWN", 2)
    server = make.server()
    for _ in range(5):
        make.rule(server, user=make.user())
    told = audience(server)
    assert (len(told.said), told.more) == (2, 3)
