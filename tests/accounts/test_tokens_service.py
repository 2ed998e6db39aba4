"""services.mint_token and services.revoke_token."""

import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from accounts import services
from accounts.errors import (
    BadLifetime,
    InactiveUser,
    InvalidFields,
    MadeAlready,
    NotAllowed,
    ServerNotUsable,
    UnknownScope,
)
from accounts.models import IssuedToken, User
from accounts.oauth.directory import ServerFacts
from monitoring.models import AuditEvent
from tests import make

AccessToken = get_access_token_model()


@pytest.fixture
def demo(directory) -> ServerFacts:
    return directory.add("demo", "bob")


def mint(actor: User | None, user: User, server: ServerFacts, **changes: object):
    order = {"name": "laptop", "scopes": ["mcp:read"], "days": 30, "origin": "self", **changes}
    return services.mint_token(actor=actor, user=user, server=server, **order)


def test_token_is_stored_as_its_hash_alone(bob, demo):
    token = mint(bob, bob, demo).token
    row = AccessToken.objects.get()
    assert token.startswith("mcphub_") and len(token) > 45
    assert row.token == ""
    assert row.token_checksum == hashlib.sha256(token.encode()).hexdigest()


def test_token_is_bound_to_one_server(bob, demo):
    minted = mint(bob, bob, demo)
    assert AccessToken.objects.get().resource == [f"urn:uuid:{demo.public_id}"]
    assert minted.issued.server == demo.public_id
    assert minted.issued.access_token.application is None


def test_token_lives_the_days_asked_for(bob, demo):
    before = timezone.now()
    expires = mint(bob, bob, demo, days=7).issued.access_token.expires
    assert before + timedelta(days=7) <= expires <= timezone.now() + timedelta(days=7)


def test_scopes_are_kept_once_and_in_the_hubs_order(bob, demo):
    scopes = ["mcp:prompts", "mcp:read", "mcp:read"]
    assert mint(bob, bob, demo, scopes=scopes).issued.access_token.scope == "mcp:read mcp:prompts"


def test_minted_token_is_recorded_and_told_nobody(bob, demo, announced, recorded):
    mint(bob, bob, demo)
    assert announced == []
    assert recorded() == ["token.mint"]


def test_token_and_its_hash_are_not_in_the_trail(bob, demo, recorded):
    token = mint(bob, bob, demo).token
    recorded()
    event = AuditEvent.objects.get()
    assert token not in event.data
    assert hashlib.sha256(token.encode()).hexdigest() not in event.data
    assert (event.user, event.server) == (bob.public_id, "demo")


def test_minted_value_does_not_show_the_token_when_printed(bob, demo):
    minted = mint(bob, bob, demo)
    assert minted.token not in repr(minted)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scopes": ["mcp:everything"]}, UnknownScope),
        ({"scopes": ["mcp:read", "introspection"]}, UnknownScope),
        ({"scopes": []}, UnknownScope),
        ({"days": 0}, BadLifetime),
        ({"days": 366}, BadLifetime),
        ({"name": "  "}, InvalidFields),
        ({"name": "x" * 81}, InvalidFields),
        ({"name": "a\0b"}, InvalidFields),
        ({"origin": "nowhere"}, InvalidFields),
    ],
)
def test_senseless_order_is_refused_and_leaves_nothing(bob, demo, recorded, changes, error):
    with pytest.raises(error):
        mint(bob, bob, demo, **changes)
    assert not AccessToken.objects.exists()
    assert recorded() == []


@pytest.mark.django_db(transaction=True)
def test_of_one_order_sent_many_times_at_once_one_token_comes(directory):
    bob, once, together = make.user("bob"), uuid.uuid4(), Barrier(8)
    server = directory.add("demo", "bob")

    def press(_number):
        together.wait()
        try:
            return mint(bob, bob, server, once=once)
        except MadeAlready:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        made = [each for each in pool.map(press, range(8)) if each]
    assert [each.issued for each in made] == [IssuedToken.objects.get()]
    assert AccessToken.objects.count() == 1


def test_disabled_person_gets_no_token(bob, demo):
    bob.is_active = False
    bob.save()
    with pytest.raises(InactiveUser):
        mint(None, bob, demo)


def test_stranger_gets_no_token_for_the_server(charlie, demo):
    with pytest.raises(ServerNotUsable):
        mint(charlie, charlie, demo)


def test_superuser_gets_no_token_for_a_server_they_may_not_use(alice, demo):
    with pytest.raises(ServerNotUsable):
        mint(alice, alice, demo)


def test_command_line_mints_for_anyone(bob, demo):
    assert mint(None, bob, demo, origin="command").issued.user == bob


def test_admin_mints_for_another(alice, bob, demo):
    assert mint(alice, bob, demo, origin="admin").issued.user == bob


def test_stranger_does_not_mint_for_another(charlie, bob, demo):
    with pytest.raises(NotAllowed):
        mint(charlie, bob, demo)


def test_lesser_admin_does_not_mint_for_a_superuser(alice, charlie, directory):
    server = directory.add("office", "alice")
    charlie.user_permissions.add(Permission.objects.get(codename="add_issuedtoken"))
    with pytest.raises(NotAllowed):
        mint(charlie, alice, server)


def test_revoked_token_is_gone_announced_and_recorded(bob, demo, announced, recorded):
    minted = mint(bob, bob, demo)
    announced.clear()
    services.revoke_token(actor=bob, issued=minted.issued)
    assert not AccessToken.objects.exists()
    assert not IssuedToken.objects.exists()
    assert announced == [f"token:{hashlib.sha256(minted.token.encode()).hexdigest()}"]
    assert recorded() == ["token.mint", "token.revoke"]


def test_admin_revokes_for_another(alice, bob, demo):
    services.revoke_token(actor=alice, issued=mint(bob, bob, demo).issued)
    assert not AccessToken.objects.exists()


def test_stranger_does_not_revoke_for_another(charlie, bob, demo):
    issued = mint(bob, bob, demo).issued
    with pytest.raises(NotAllowed):
        services.revoke_token(actor=charlie, issued=issued)
    assert AccessToken.objects.exists()


def test_token_of_a_server_that_is_gone_is_still_revoked(bob, demo, directory):
    issued = mint(bob, bob, demo).issued
    directory.servers.clear()
    services.revoke_token(actor=bob, issued=issued)
    assert not AccessToken.objects.exists()
