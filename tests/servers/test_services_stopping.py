"""Stops: made and lifted by who may, recorded, announced, one for each thing."""

import pytest
from django.contrib.auth.models import Permission

from servers import services
from servers.errors import AlreadyStopped, Gone, InvalidValue, NotAllowed
from servers.models import Stop
from servers.services.stopping import FIELDS, kind_of
from tests import make
from tests.admin_pages import changes

KINDS = ("everything", "server", "source", "entry", "user", "client")


@pytest.fixture
def things(db):
    """One of each thing that can be stopped."""
    entry = make.entry(make.source("demo"))
    server = make.server("demo", entries=[entry])
    return {
        "everything": None,
        "server": server,
        "source": entry.source,
        "entry": entry,
        "user": make.user("dora"),
        "client": make.client("editor"),
    }


def allowed(*names: str):
    """Somebody with these permissions and no others."""
    person = make.user("operator", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    return person


@pytest.mark.parametrize("kind", KINDS)
def test_each_thing_is_stopped_and_let_go(kind, things, alice, announced):
    stop = services.stop(actor=alice, target=things[kind], reason=" It spends money. ")
    assert (stop.kind, stop.stopped, stop.made_by) == (kind, things[kind], alice)
    services.lift(actor=alice, stop=stop)
    assert not Stop.objects.exists()
    made, lifted = changes()
    assert (made["action"], lifted["action"]) == ("stop.add", "stop.lift")
    said = {"kind": kind, "stopped": str(things[kind] or "everything")}
    assert made["after"] == lifted["before"] == {**said, "reason": "It spends money."}
    assert made["before"] is lifted["after"] is None
    assert announced() == 2


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_stopped_is_not_stopped_again(kind, things, alice, announced):
    services.stop(actor=alice, target=things[kind], reason="First.")
    with pytest.raises(AlreadyStopped, match="is stopped already: First"):
        services.stop(actor=alice, target=things[kind], reason="Second.")
    assert Stop.objects.get().reason == "First."
    assert announced() == 1


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "half \ud800", "nul \0"])
def test_reason_is_needed_and_short(reason, things, announced):
    with pytest.raises(InvalidValue):
        services.stop(actor=None, target=things["server"], reason=reason)
    assert announced() == 0


def test_who_may_stop_may_not_lift_and_the_other_way_round(things):
    stopper = allowed("add_stop")
    stop = services.stop(actor=stopper, target=None, reason="Why.")
    with pytest.raises(NotAllowed):
        services.lift(actor=stopper, stop=stop)
    stopper.user_permissions.set(Permission.objects.filter(codename="delete_stop"))
    lifter = type(stopper).objects.get(pk=stopper.pk)
    services.lift(actor=lifter, stop=stop)
    with pytest.raises(NotAllowed):
        services.stop(actor=lifter, target=things["server"], reason="Why.")


def test_stop_that_was_lifted_meanwhile_is_gone(things):
    stop = services.stop(actor=None, target=things["entry"], reason="Why.")
    services.lift(actor=None, stop=Stop.objects.get())
    with pytest.raises(Gone):
        services.lift(actor=None, stop=stop)


def test_stop_goes_with_what_it_stopped(things):
    services.stop(actor=None, target=things["user"], reason="Why.")
    things["user"].delete()
    assert not Stop.objects.exists()


def test_person_who_stopped_may_go(things, alice):
    services.stop(actor=alice, target=things["server"], reason="Why.")
    alice.delete()
    assert Stop.objects.get().made_by is None


def test_every_kind_is_of_one_model():
    assert [kind for _, kind in FIELDS] == list(KINDS[1:])
    assert kind_of(None) == "everything"
