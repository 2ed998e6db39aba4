"""manage.py load_conformance."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from catalog.models import Source
from catalog.selectors import catalog_number
from mcphub import authors, origins
from monitoring import health
from servers.models import Server
from tests import make

SLUGS = ["conformance", "conformance-private"]


@pytest.fixture
def admins(db):
    """The team that the first start makes."""
    return make.team(authors.ADMINS)


def run(*options):
    out = io.StringIO()
    call_command("load_conformance", *options, stdout=out)
    return out.getvalue()


def refused():
    with pytest.raises(CommandError) as raised:
        run()
    return raised.value


def names(slug):
    rows = Server.objects.get(slug=slug).entries.filter(kind="tool").order_by("position")
    return list(rows.values_list("exposed_name", flat=True))


def test_both_servers_are_published_and_their_addresses_printed(admins, settings):
    printed = run()
    assert printed.splitlines() == [f"{settings.PUBLIC_URL}/mcp/{slug}" for slug in SLUGS]
    public, private = Server.objects.order_by("slug")
    assert (public.visibility, private.visibility) == ("public", "team")
    assert private.team == admins
    assert names("conformance")[0] == "test_simple_text"
    assert names("conformance") == names("conformance-private")


def test_tools_are_listed_in_the_order_of_the_file(admins):
    run()
    entries = authors.load_file(origins.CONFORMANCE.origin).entries
    declared = [one.name for one in entries if one.kind == "tool"]
    assert names("conformance") == declared and len(declared) > 25


def test_json_says_the_same(admins, settings):
    url = settings.PUBLIC_URL
    assert json.loads(run("--json")) == {
        "servers": [
            {"slug": SLUGS[0], "url": f"{url}/mcp/{SLUGS[0]}", "visibility": "public"},
            {"slug": SLUGS[1], "url": f"{url}/mcp/{SLUGS[1]}", "visibility": "team"},
        ]
    }


def test_second_run_changes_nothing(admins):
    first, number = run(), catalog_number()
    assert run() == first
    assert catalog_number() == number and Server.objects.count() == 2


@pytest.mark.parametrize("slug", SLUGS)
def test_name_that_is_somebody_elses_is_told_and_nothing_is_published(admins, slug):
    theirs = make.server(slug)
    error = refused()
    assert error.returncode == 1
    assert str(error) == f"There is a server at /mcp/{slug} already, which shows something else."
    assert list(Server.objects.all()) == [theirs] and not theirs.entries.exists()
    assert not Source.objects.exists()


def test_file_that_does_not_load_is_told(admins, tmp_path, monkeypatch):
    broken = tmp_path / "broken.py"
    broken.write_text("def broken(:\n")
    shipped = origins.Shipped(broken, origins.CONFORMANCE.offers)
    monkeypatch.setattr("mcphub.management.commands.load_conformance.CONFORMANCE", shipped)
    error = refused()
    assert error.returncode == 1 and "broken.py, line 1: SyntaxError" in str(error)
    assert not Server.objects.exists()


def test_hub_that_was_never_started_is_told(db):
    error = refused()
    assert (error.returncode, str(error)) == (
        1,
        "There is no team Admins, which the first start makes.",
    )


def test_database_that_is_not_ready_is_told(db, monkeypatch):
    def missing():
        raise DatabaseError("no such table")

    monkeypatch.setattr(authors, "admins", missing)
    error = refused()
    assert error.returncode == 1 and str(error) == health.not_ready()
