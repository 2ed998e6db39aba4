"""What accounts are told about servers."""

import uuid

from accounts.models import Team
from accounts.oauth.directory import directory
from servers.directory import ServersDirectory
from tests import make


def test_the_directory_of_servers_is_installed():
    assert isinstance(directory(), ServersDirectory)


def test_servers_are_told_by_user_slug_and_id(bob, charlie):
    server = make.server("data", team=Team.objects.get(name="data"))
    (facts,) = directory().servers_for(bob)
    assert directory().servers_for(charlie) == []
    assert directory().by_slug("data") == facts
    assert directory().by_public_ids([server.public_id]) == {server.public_id: facts}
    assert (facts.public_id, facts.path, facts.title) == (server.public_id, "/mcp/data", "Data")


def test_unknown_servers_are_not_told(db):
    assert directory().by_slug("nothing") is None
    assert directory().by_public_ids([uuid.uuid4()]) == {}


def test_servers_stand_by_title_as_on_the_first_page(bob):
    for slug, title in (("b", "apples"), ("a", "Pears"), ("c", "Cherries")):
        make.server(slug, title=title, visibility="public")
    titles = [facts.title for facts in directory().servers_for(bob)]
    assert titles == ["apples", "Cherries", "Pears"]
