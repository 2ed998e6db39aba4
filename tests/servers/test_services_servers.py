"""services about published servers."""

import pytest
from django.db import IntegrityError
from django.db.models import Model

from servers import services
from servers.errors import Conflict, Gone, InvalidValue, NameTaken, NotAllowed
from servers.models import Server
from servers.services.writing import check
from tests import make
from tests.admin_pages import changes


def test_server_is_published_changed_switched_off_and_deleted(alice, recorded, announced):
    team = make.team("data")
    server = services.publish_server(actor=alice, slug="demo", title=" Demo ", team=team)
    assert (server.title, server.visibility, server.team) == ("Demo", "team", team)
    server = services.update_server(actor=alice, server=server, title="Try me", team=None)
    assert (server.title, server.slug, server.team) == ("Try me", "demo", None)
    services.set_server_enabled(actor=alice, server=server, enabled=False)
    assert not Server.objects.get().enabled
    services.delete_server(actor=alice, server=server)
    assert not Server.objects.exists()
    assert recorded() == ["server.publish", "server.update", "server.disable", "server.delete"]
    assert announced() == 4


def test_what_changes_nothing_is_neither_recorded_nor_announced(alice, recorded, announced):
    server = make.server("demo")
    services.update_server(actor=alice, server=server, title=server.title)
    services.set_server_enabled(actor=alice, server=server, enabled=True)
    assert recorded() == []
    assert announced() == 0


def test_stranger_does_nothing_to_servers(charlie):
    server = make.server("demo")
    with pytest.raises(NotAllowed):
        services.publish_server(actor=charlie, slug="x", title="X")
    with pytest.raises(NotAllowed):
        services.update_server(actor=charlie, server=server, title="X")
    with pytest.raises(NotAllowed):
        services.set_server_enabled(actor=charlie, server=server, enabled=False)
    with pytest.raises(NotAllowed):
        services.delete_server(actor=charlie, server=server)


def test_taken_address_is_told(db):
    make.server("demo")
    other = make.server("other")
    with pytest.raises(NameTaken, match="There is a server at /mcp/demo already"):
        services.publish_server(actor=None, slug="demo", title="Demo")
    with pytest.raises(NameTaken):
        services.update_server(actor=None, server=other, slug="demo")


def test_address_taken_at_the_same_moment_is_told(db, monkeypatch):
    def look_and_be_late(row: Model, *, exclude: tuple[str, ...]) -> None:
        check(row, exclude=exclude)
        make.server("demo")

    monkeypatch.setattr("servers.services.servers.check", look_and_be_late)
    with pytest.raises(NameTaken):
        services.publish_server(actor=None, slug="demo", title="Mine")


def test_constraint_that_only_the_commit_sees_is_a_conflict(db, monkeypatch):
    def broken(self: Model, *args: object, **kwargs: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(Server, "delete", broken)
    with pytest.raises(Conflict):
        services.delete_server(actor=None, server=make.server())


@pytest.mark.parametrize(
    "fields",
    [
        {"slug": "Demo"},
        {"slug": "-demo"},
        {"slug": "x" * 64},
        {"title": ""},
        {"title": "a\0b"},
        {"title": "\ud800"},
        {"title": "x" * 121},
        {"visibility": "secret"},
        {"instructions": "x" * 4001},
        {"calls_per_minute": 0},
        {"calls_per_minute": -1},
        {"calls_per_minute": 1_000_000_001},
        {"calls_per_minute": 60, "burst": 0},
    ],
)
def test_senseless_server_is_refused(db, fields):
    with pytest.raises(InvalidValue):
        services.publish_server(actor=None, **{"slug": "demo", "title": "Demo", **fields})


def test_limit_is_set_changed_and_taken_away(alice, recorded, announced):
    server = services.publish_server(actor=alice, slug="demo", title="Demo", calls_per_minute=60)
    assert (server.calls_per_minute, server.burst) == (60, None)
    server = services.update_server(actor=alice, server=server, burst=5)
    server = services.update_server(actor=alice, server=server, calls_per_minute=None, burst=None)
    assert (server.calls_per_minute, server.burst) == (None, None)
    assert recorded() == ["server.publish", "server.update", "server.update"]
    assert announced() == 3


def test_burst_without_a_limit_is_refused(db):
    server = make.server(calls_per_minute=60, burst=5)
    with pytest.raises(InvalidValue, match="Calls at once are limited only with calls a minute"):
        services.update_server(actor=None, server=server, calls_per_minute=None)


@pytest.mark.parametrize("fields", [{"calls_per_minute": 0}, {"burst": 5}])
def test_senseless_limit_is_refused_by_the_database_too(db, fields):
    with pytest.raises(IntegrityError):
        make.server(**fields)


def test_server_that_is_gone_is_told(db):
    server = make.server("demo")
    Server.objects.all().delete()
    with pytest.raises(Gone, match="demo"):
        services.update_server(actor=None, server=server, title="X")


def test_listing_budget_and_recording_are_set_recorded_and_announced(alice, announced):
    server = services.publish_server(actor=alice, slug="demo", title="Demo", listing="slim")
    said = {"listing": "search", "token_budget": 900, "recording": "all", "keep_days": 30}
    services.update_server(actor=alice, server=server, **said)
    (change,) = changes("server.update")
    assert change["before"]["listing"] == "slim"
    said["budget"] = said.pop("token_budget")
    assert {name: change["after"][name] for name in said} == said
    assert announced() == 2


@pytest.mark.parametrize(
    "fields", [{"listing": "x"}, {"token_budget": 0}, {"recording": "x"}, {"keep_days": 367}]
)
def test_senseless_listing_and_recording_are_refused(alice, fields):
    server = make.server("demo")
    with pytest.raises(InvalidValue):
        services.update_server(actor=alice, server=server, **fields)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Data team", "data-team"),
        ("Crème brûlée!", "creme-brulee"),
        ("\u0641\u0648\u0627", "server"),
        ("x" * 120, "x" * 56),
        ("Old", "old-2"),
    ],
)
def test_address_follows_from_the_title(db, title, slug):
    make.server("old")
    assert services.publish_server(actor=None, title=title).slug == slug
