"""The end of clients that nobody ever used."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_grant_model

from accounts import services
from accounts.models import OAuthClient
from accounts.services import expiry
from mcphub import chores
from monitoring.errors import AuditFull
from monitoring.models import AuditEvent
from tests import make
from tests.admin_pages import changes

PAST = timezone.now() - expiry.UNUSED_FOR - timedelta(hours=1)


def old(name="", **fields):
    row = make.client(name, **fields)
    OAuthClient.objects.filter(pk=row.pk).update(updated=PAST)
    return row


def names():
    return set(OAuthClient.objects.values_list("name", flat=True))


def test_unused_clients_go_and_others_stay(bob, recorded):
    old("registered")
    old("document", registration_source="cimd")
    old("waiting", approved=False)
    make.client("new")
    old("blocked", blocked=True)
    old("by hand", registration_source="manual")
    make.consent(bob, old("allowed"), make.server())
    token = {"application": old("holds"), "expires": timezone.now(), "token": "t"}
    get_access_token_model().objects.create(user=bob, **token)
    grant = {"application": old("at the door"), "code": "c", "redirect_uri": "x"}
    get_grant_model().objects.create(user=bob, expires=timezone.now(), **grant)
    assert services.expire_clients() == 3
    assert names() == {"new", "blocked", "by hand", "allowed", "holds", "at the door"}
    assert recorded() == ["client.expire"]


def test_a_sweep_is_one_record_that_names_some(db):
    for number in range(30):
        old(f"c{number:02}")
    services.expire_clients()
    (change,) = changes()
    assert change["before"]["count"] == 30
    assert change["before"]["names"][:2] == ["c00", "c01"] and len(change["before"]["names"]) == 20
    assert len(change["before"]["ids"]) == 20


def test_record_of_one_is_found_by_it(db):
    row = old("alone")
    services.expire_clients()
    (change,) = changes()
    (event,) = AuditEvent.objects.all()
    assert event.client == str(row.public_id) == change["before"]["ids"][0]


def test_sweep_of_nothing_records_nothing(db, recorded):
    assert services.expire_clients() == 0 and recorded() == []


def test_many_go_some_at_a_time(db, monkeypatch):
    monkeypatch.setattr(expiry, "A_BATCH", 4)
    for _ in range(10):
        old()
    assert services.expire_clients() == 10 and len(changes()) == 3


def test_a_sweep_is_bounded(db, monkeypatch):
    monkeypatch.setattr(expiry, "A_BATCH", 2)
    monkeypatch.setattr(expiry, "MOST_BATCHES", 3)
    for _ in range(10):
        old()
    assert services.expire_clients() == 6


def test_client_allowed_while_the_sweep_runs_stays(bob, monkeypatch):
    row = old("late")
    rows = expiry.unused_clients
    looked = []

    def looking():
        if looked:
            make.consent(bob, row, make.server())
        looked.append(1)
        return rows()

    monkeypatch.setattr(expiry, "unused_clients", looking)
    assert services.expire_clients() == 0 and names() == {"late"}


def test_oldest_unused_give_way_to_new_ones(client, db, monkeypatch):
    monkeypatch.setattr(expiry, "MOST_UNUSED", 3)
    old("oldest")
    for name in ("one", "two", "three"):
        order = {"redirect_uris": ["https://a.example/"], "client_name": name}
        assert client.post("/register", order, content_type="application/json").status_code == 201
    assert names() == {"one", "two", "three"}


def test_used_clients_do_not_count(bob, monkeypatch):
    monkeypatch.setattr(expiry, "MOST_UNUSED", 1)
    make.consent(bob, make.client("used"), make.server())
    make.client("unused")
    assert expiry.make_room() == 0 and names() == {"used", "unused"}


@pytest.mark.parametrize("error", [AuditFull("full"), DatabaseError("away")])
def test_chore_outlives_what_is_away(db, monkeypatch, error):
    def failing():
        raise error

    monkeypatch.setitem(chores.CHORES, "expire_clients", chores.Every(60.0, failing))
    assert chores.do("expire_clients")


def test_clients_expire_as_a_chore(db):
    old()
    assert chores.do("expire_clients") and names() == set()
