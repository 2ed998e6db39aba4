"""principals.py: what the database says of a token."""

from accounts.principals import read_principal
from accounts.tokens import digest
from monitoring import audit
from monitoring.models import AuditPerson
from tests import make


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
