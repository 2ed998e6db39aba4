import json
from uuid import UUID

import pytest
from django.db import transaction

from monitoring import audit
from monitoring.audit import changes, writer
from monitoring.models import AuditEvent, AuditPerson

ALICE = UUID("6f4e0f52-9f0c-4f6c-9d40-0a6ff3a0a001")


def change(**values):
    given = {"actor": ALICE, "actor_label": "alice", "action": "server.publish", "before": None}
    audit.record_change(**{**given, "after": {"title": "Demo"}, **values})


@pytest.mark.django_db(transaction=True)
def test_a_change_is_stored_when_its_transaction_commits():
    with transaction.atomic():
        change(server="demo")
        assert not AuditEvent.objects.exists()
    stored = AuditEvent.objects.get()
    assert (stored.kind, stored.action, stored.user) == ("change", "server.publish", ALICE)
    assert json.loads(stored.data) == {"before": None, "after": {"title": "Demo"}}
    assert AuditPerson.objects.get(pk=ALICE).label == "alice"


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_nothing():
    with pytest.raises(KeyError), transaction.atomic():
        change()
        raise KeyError
    audit.flush()
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_stored_is_how_it_was_at_the_time():
    values = {"title": "then"}
    with transaction.atomic():
        change(after=values)
        values["title"] = "later"
    assert json.loads(AuditEvent.objects.get().data)["after"] == {"title": "then"}


@pytest.mark.django_db(transaction=True)
def test_a_change_by_nobody_names_no_person():
    change(actor=None, actor_label="")
    assert AuditEvent.objects.get().user is None
    assert not AuditPerson.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_trail_that_is_down_does_not_fail_a_change_that_has_happened(monkeypatch, caplog):
    def down():
        raise audit.AuditDown("down")

    with monkeypatch.context() as patch:
        patch.setattr(changes, "flush", down)
        change()
    assert "a change waits in the audit queue" in caplog.text
    assert audit.flush() == 1


@pytest.mark.django_db(transaction=True)
def test_a_change_makes_its_own_place_in_a_full_queue(event, monkeypatch):
    monkeypatch.setattr(writer, "QUEUE_LIMIT", 1)
    audit.record(event())
    change()
    assert AuditEvent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_no_change_is_made_while_the_trail_takes_nothing(event, monkeypatch):
    monkeypatch.setattr(writer, "QUEUE_LIMIT", 1)
    monkeypatch.setattr(writer, "PATIENCE", 0.0)
    audit.record(event())
    with pytest.raises(audit.AuditFull):
        change()


def test_secrets_are_hidden_at_every_depth():
    shown = audit.redact(
        {"password": "p", "list": [{"access_token": "t", "name": "n"}], "Client-Secret": {"a": 1}}
    )
    assert shown == {
        "password": "[redacted]",
        "list": [{"access_token": "[redacted]", "name": "n"}],
        "Client-Secret": "[redacted]",
    }


def test_values_json_does_not_know_become_text():
    assert audit.redact({"id": ALICE, "n": float("nan")}) == {"id": str(ALICE), "n": "nan"}


def test_endless_depth_is_cut():
    loop: dict = {}
    loop["self"] = loop
    assert "..." in json.dumps(audit.redact(loop))


def test_a_long_change_keeps_only_what_differs():
    same = {f"key{n}": "x" * 1000 for n in range(30)}
    text = changes._encode({**same, "title": "old"}, {**same, "title": "new"})
    assert json.loads(text) == {
        "before": {"title": "old"},
        "after": {"title": "new"},
        "cut": True,
    }


def test_a_change_too_long_even_so_keeps_the_names():
    text = changes._encode({}, {f"key{n}": "x" * 2000 for n in range(30)})
    assert len(json.loads(text)["changed"]) == 30
