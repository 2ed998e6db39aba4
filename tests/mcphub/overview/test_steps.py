"""mcphub/overview/steps.py: a step is done once it has really happened."""

import pytest

from accounts.models import User
from mcphub.overview.steps import first_minutes
from monitoring import audit
from tests import make


@pytest.fixture
def admin(db: None) -> User:
    return make.user("root", is_superuser=True, is_staff=True)


def done(admin: User) -> list[bool]:
    return [step.done for step in first_minutes(admin)]


def test_each_step_checks_itself_off(admin: User) -> None:
    assert done(admin) == [False] * 5
    entry = make.entry(make.source())
    assert done(admin) == [True, False, False, False, False]
    team = make.team()
    server = make.server("demo", entries=[entry], team=team)
    assert done(admin) == [True, True, False, False, False]
    make.member(team, make.user("ann"))
    assert done(admin) == [True, True, True, False, False]
    client = make.client()
    make.consent(User.objects.get(username="ann"), client, server)
    assert done(admin) == [True, True, True, True, False]
    audit.record(audit.Event("call", "tools/call", verdict="allow", outcome="ok"))
    audit.flush()
    assert done(admin) == []


def test_a_server_with_nothing_on_it_is_not_published(admin: User) -> None:
    make.server("empty", visibility="public")
    assert done(admin)[1:3] == [False, False]


@pytest.mark.parametrize("gives", ["public", "rule"])
def test_access_is_given_in_other_ways_too(admin: User, gives: str) -> None:
    visibility = "public" if gives == "public" else "team"
    server = make.server("demo", entries=[make.entry(make.source())], visibility=visibility)
    if gives == "rule":
        make.rule(server, user=make.user("ann"))
    assert done(admin)[2] is True


def test_a_denied_call_is_no_arrival(admin: User) -> None:
    audit.record(audit.Event("call", "tools/call", verdict="deny", outcome="denied"))
    audit.flush()
    assert done(admin)[4] is False


def test_who_may_not_publish_sees_no_steps(db: None) -> None:
    assert first_minutes(make.user("ann", is_staff=True)) == []


def test_the_playground_is_no_client(admin: User) -> None:
    played = audit.Event("call", "tools/call", verdict="allow", outcome="ok")
    audit.record(played._replace(client=f"playground:{admin.public_id}"))
    audit.flush()
    assert done(admin)[3:] == [False, False]
