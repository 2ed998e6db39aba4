"""services that take leave back: what goes, what stays, and how little is said of it."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.utils import timezone
from oauth2_provider.models import (
    get_access_token_model,
    get_grant_model,
    get_refresh_token_model,
)

from accounts import services
from accounts.errors import NotAllowed
from accounts.models import Consent, EndedToken, IssuedToken, TokenFamily, User
from accounts.principals import read_principal
from accounts.services import Ended, ending, expiring
from accounts.services.expiring import sweep_tokens
from accounts.tokens import digest
from monitoring.models import AuditEvent
from tests import make

LEFT = (
    Consent,
    TokenFamily,
    IssuedToken,
    get_access_token_model(),
    get_refresh_token_model(),
    get_grant_model(),
)


@pytest.fixture
def server(db, directory):
    """A published server, as the directory knows it."""
    row = make.server("notes")
    facts = directory.add("notes")
    row.public_id = facts.public_id
    row.save()
    return row


@pytest.fixture
def clerk(db) -> User:
    """Staff who may take connections back, and no tokens."""
    user = make.user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="delete_consent"))
    return user


def opens(token: str) -> bool:
    return read_principal(digest(token)) is not None


def left() -> list[int]:
    return [model._default_manager.count() for model in LEFT]


def last_event() -> tuple[dict[str, object], dict[str, object]]:
    row = AuditEvent.objects.order_by("-id").first()
    assert row is not None
    data = json.loads(row.data)
    return data.get("before"), data.get("after")


def test_revoked_connection_leaves_no_way_back_in(bob, server, recorded, announced):
    consent = make.consent(bob, make.client(), server)
    tokens = [make.connected(consent) for _ in range(2)]
    announced.clear()
    services.revoke_connection(actor=bob, consent=consent)
    assert left() == [0] * len(LEFT)
    assert not any(opens(token) for token in tokens)
    assert announced == [f"user:{bob.pk}"]
    assert recorded() == ["connection.revoke"]


def test_one_revoked_connection_leaves_the_others_and_the_codes_of_others(bob, charlie, server):
    mine, theirs = (
        make.consent(bob, make.client(), server),
        make.consent(charlie, make.client(), server),
    )
    kept = [make.connected(make.consent(bob, make.client(), server)), make.connected(theirs)]
    make.connected(mine)
    services.revoke_connection(actor=bob, consent=mine)
    assert all(opens(token) for token in kept)
    assert get_grant_model().objects.count() == 2


def test_trail_says_what_was_taken_back_and_no_secret(bob, server, recorded):
    consent = make.consent(bob, make.client("Editor"), server, redirect_uri="http://127.0.0.1/?s=1")
    token = make.connected(consent)
    services.revoke_connection(actor=bob, consent=consent)
    recorded()
    event = AuditEvent.objects.get(action="connection.revoke")
    before = json.loads(event.data)["before"]
    assert event.server == "notes"
    assert before["client"] == "Editor" and before["scopes"] == consent.scopes
    assert token not in event.data and "127.0.0.1" not in event.data


def test_stranger_takes_nobodys_connection_back(bob, charlie, server):
    consent = make.consent(bob, make.client(), server)
    with pytest.raises(NotAllowed):
        services.revoke_connection(actor=charlie, consent=consent)
    assert Consent.objects.exists()


def test_clerk_takes_back_what_is_no_superusers_and_no_tokens(alice, bob, clerk, server):
    services.revoke_connection(actor=clerk, consent=make.consent(bob, make.client(), server))
    with pytest.raises(NotAllowed):
        services.revoke_connection(actor=clerk, consent=make.consent(alice, make.client(), server))
    services.revoke_person(actor=clerk, user=bob, tokens_too=False)
    for act in (
        lambda: services.revoke_person(actor=clerk, user=bob, tokens_too=True),
        lambda: services.revoke_person(actor=clerk, user=alice, tokens_too=False),
        lambda: services.revoke_everything(actor=clerk, tokens_too=True),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_stranger_takes_nothing_back_at_large(bob, charlie, server, directory):
    acts = (
        lambda: services.revoke_client(actor=charlie, client=make.client()),
        lambda: services.revoke_person(actor=charlie, user=bob, tokens_too=False),
        lambda: services.revoke_server(
            actor=charlie, server=directory.servers[0], tokens_too=False
        ),
        lambda: services.revoke_everything(actor=charlie, tokens_too=False),
    )
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_all_of_a_client_ends_for_everybody_and_of_no_other(
    bob, charlie, server, recorded, announced
):
    client = make.client("Editor")
    gone = [make.connected(make.consent(user, client, server)) for user in (bob, charlie)]
    kept = make.connected(make.consent(bob, make.client(), server))
    announced.clear()
    ended = services.revoke_client(actor=None, client=client)
    assert ended == Ended(connections=2)
    assert opens(kept) and not any(opens(token) for token in gone)
    assert announced == [f"client:{client.pk}"]
    assert recorded() == ["connection.revoke_client"]
    before, after = last_event()
    assert (before["connections"], after["connections"]) == (2, 0)


@pytest.mark.parametrize("tokens_too", [False, True])
def test_all_of_a_person_ends_and_their_own_tokens_if_told_so(
    bob, charlie, server, announced, tokens_too
):
    gone, own = make.connected(make.consent(bob, make.client(), server)), make.token(bob, server)
    kept = [
        make.connected(make.consent(charlie, make.client(), server)),
        make.token(charlie, server),
    ]
    announced.clear()
    ended = services.revoke_person(actor=bob, user=bob, tokens_too=tokens_too)
    assert ended == Ended(connections=1, tokens=int(tokens_too))
    assert not opens(gone) and opens(own) is not tokens_too
    assert all(opens(token) for token in kept)
    assert announced == [f"user:{bob.pk}"]


@pytest.mark.parametrize("tokens_too", [False, True])
def test_all_of_a_server_ends(bob, server, directory, announced, tokens_too):
    other = make.server()
    gone, minted = make.connected(make.consent(bob, make.client(), server)), make.token(bob, server)
    kept = [make.connected(make.consent(bob, make.client(), other)), make.token(bob, other)]
    announced.clear()
    ended = services.revoke_server(actor=None, server=directory.servers[0], tokens_too=tokens_too)
    assert ended == Ended(connections=1, tokens=int(tokens_too))
    assert not opens(gone) and opens(minted) is not tokens_too
    assert all(opens(token) for token in kept)
    assert announced == [f"server:{server.public_id}"]


@pytest.mark.parametrize("tokens_too", [False, True])
def test_everything_of_everybody_ends(alice, bob, charlie, server, recorded, announced, tokens_too):
    for user in (bob, charlie):
        make.connected(make.consent(user, make.client(), server))
        make.token(user, server)
    announced.clear()
    ended = services.revoke_everything(actor=alice, tokens_too=tokens_too)
    assert ended == Ended(connections=2, tokens=2 * tokens_too)
    assert left() == [0, 0, *([0] * 4 if tokens_too else [2, 2, 0, 0])]
    assert announced == ["all"]
    assert recorded() == ["connection.revoke_everything"]


def test_nothing_to_end_is_recorded_too(db, recorded):
    assert str(services.revoke_everything(actor=None, tokens_too=True)) == "nothing: there was none"
    assert recorded() == ["connection.revoke_everything"]


def test_many_end_some_at_a_time(bob, server, monkeypatch):
    monkeypatch.setattr(ending, "AT_ONCE", 2)
    client = make.client()
    for user in (make.user() for _ in range(5)):
        make.connected(make.consent(user, client, server))
    assert services.revoke_client(actor=None, client=client) == Ended(connections=5)
    assert left() == [0] * len(LEFT)


def test_cost_does_not_grow_with_their_number(server, django_assert_max_num_queries):
    client = make.client()
    for user in (make.user() for _ in range(20)):
        make.connected(make.consent(user, client, server))
    with django_assert_max_num_queries(40):
        services.revoke_client(actor=None, client=client)


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (Ended(), "nothing: there was none"),
        (Ended(1, 0), "1 connection"),
        (Ended(2, 1), "2 connections and 1 token"),
        (Ended(0, 1_000), "1,000 tokens"),
    ],
)
def test_what_ended_is_said_in_words(ended, said):
    assert str(ended) == said


def test_connection_deleted_past_the_services_is_announced(bob, server, announced):
    make.connected(make.consent(bob, make.client(), server))
    announced.clear()
    key = f"family:{TokenFamily.objects.get().pk}"
    Consent.objects.all().delete()
    assert announced == [key]


def test_families_that_end_are_announced_with_all_their_tokens(bob, server, announced):
    consent = make.consent(bob, make.client(), server)
    tokens = [make.connected(consent) for _ in range(2)]
    keys = [f"family:{family.pk}" for family in TokenFamily.objects.order_by("pk")]
    announced.clear()
    assert ending.end_families(consent.families.filter(pk=int(keys[0].split(":")[1]))) == 1
    assert announced == keys[:1]
    assert [opens(token) for token in tokens] == [False, True]
    assert ending.end_consents(Consent.objects.all()) == 1
    assert announced == keys


def test_of_what_was_taken_back_digests_are_left_for_a_week(bob, server, monkeypatch):
    consent = make.consent(bob, make.client(), server)
    text = make.connected(consent)
    kept = {
        digest(text),
        *get_refresh_token_model().objects.values_list("token_checksum", flat=True),
    }
    used = get_refresh_token_model().objects.create(
        user=bob,
        application=consent.client,
        token="y",
        token_checksum="2" * 64,
        token_family=consent.families.get().public_id,
        revoked=timezone.now(),
    )
    services.revoke_connection(actor=bob, consent=consent)
    rows = EndedToken.objects.all()
    assert {row.checksum for row in rows} == kept and used.token_checksum not in kept
    assert {(row.user, row.client, row.server) for row in rows} == {
        (bob, consent.client, server.public_id)
    }
    assert text not in str(list(rows.values()))
    assert sweep_tokens() == 0
    rows.filter(checksum=digest(text)).update(ended_at=make.ago(days=8))
    assert sweep_tokens() == 1 and rows.all().count() == len(kept) - 1
    monkeypatch.setattr(expiring, "MOST_ENDED", 0)
    assert sweep_tokens() == len(kept) - 1 and not rows.all().exists()


def test_what_is_left_of_tokens_goes_with_its_person(alice, bob, server):
    make.connected(make.consent(bob, make.client(), server))
    services.delete_user(actor=alice, user=bob)
    assert not EndedToken.objects.exists()


def test_tokens_made_by_hand_that_end_are_announced(bob, server, announced):
    token, kept = make.token(bob, server), make.connected(make.consent(bob, make.client(), server))
    announced.clear()
    assert ending.end_tokens(IssuedToken.objects.all()) == 1
    assert announced == [f"token:{digest(token)}"]
    assert opens(kept) and not opens(token)


def test_ending_knows_all_that_depends_on_what_it_deletes():
    depend = {
        (field.related_model.__name__, field.field.name)
        for model in LEFT
        for field in model._meta.get_fields(include_hidden=True)
        if field.auto_created and not field.concrete
    }
    assert depend == {
        ("TokenFamily", "consent"),
        ("IssuedToken", "family"),
        ("IssuedToken", "access_token"),
        ("RefreshToken", "access_token"),
        ("AccessToken", "source_refresh_token"),
    }


def test_rows_that_were_left_lying_about_hinder_nothing(bob, server):
    make.connected(make.consent(bob, make.client(), server))
    refresh, access = get_refresh_token_model().objects.get(), get_access_token_model()
    left = access.objects.create(
        user=bob, token_checksum="0" * 64, expires=timezone.now(), source_refresh_token=refresh
    )
    stray = get_refresh_token_model().objects.create(
        user=bob, application=refresh.application, token="x", token_checksum="1" * 64
    )
    refresh.access_token, gone = None, access.objects.exclude(pk=left.pk).get()
    refresh.save()
    stray.access_token = gone
    stray.save()
    services.revoke_everything(actor=None, tokens_too=True)
    connection.check_constraints()
    assert access.objects.get() == left
    assert get_refresh_token_model().objects.get() == stray
