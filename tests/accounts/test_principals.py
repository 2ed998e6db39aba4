"""principals.py: what the database says of a token, or of a person without one."""

import uuid

from accounts.principals import read_person, read_principal
from accounts.tokens import digest
from monitoring import audit
from monitoring.models import AuditPerson
from tests import make

SERVER = uuid.uuid4()


def test_name_behind_a_token_is_kept_for_the_audit_trail(bob):
    read_principal(digest(make.token(bob, make.server())))
    assert AuditPerson.objects.get(pk=bob.public_id).label == "bob"


def test_erased_name_does_not_come_back_with_the_next_call(bob):
    token = digest(make.token(bob, make.server()))
    read_principal(token)
    audit.erase_person(bob.public_id)
    read_principal(token)
    assert AuditPerson.objects.get(pk=bob.public_id).label == ""


def test_token_that_opens_nothing_leaves_no_name(bob):
    read_principal(digest(make.token(bob, make.server(), days=-1)))
    assert not AuditPerson.objects.exists()


def test_person_without_a_token_is_a_caller_with_what_they_may_now(bob):
    principal = read_person(bob.pk, SERVER, ["mcp:write"])
    caller, team = principal.caller, bob.teams.get()
    assert (caller.user, caller.username, caller.server) == (bob.pk, "bob", SERVER)
    assert caller.scopes == {"mcp:write", "mcp:read"} and caller.teams == {team.pk}
    assert (caller.client, caller.expires_at) == ("stdio", float("inf"))
    assert set(principal.keys) == {f"user:{bob.pk}", f"team:{team.pk}"}
    assert AuditPerson.objects.get(pk=bob.public_id).label == "bob"


def test_person_who_is_inactive_or_gone_is_no_caller(bob):
    bob.is_active = False
    bob.save()
    assert read_person(bob.pk, SERVER, []) is None
    assert read_person(bob.pk + 1, SERVER, []) is None
    assert not AuditPerson.objects.exists()
