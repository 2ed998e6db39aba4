"""services about all of a source, and following what it offers."""

import pytest

from catalog.models import Entry, Source
from catalog.signals import source_synced
from servers import services
from servers.errors import Gone, NameTaken, NotAllowed
from tests import make

ALL = ["add", "demo://about", "demo://greeting/{name}", "summarise"]


def names_on(server):
    return sorted(server.entries.values_list("exposed_name", flat=True))


def synced(source):
    source_synced.send(sender=Source, source=source)


def test_source_is_published_whole_and_withdrawn(demo, alice, recorded, announced):
    server = make.server()
    followed = services.publish_source(actor=alice, server=server, source=demo)
    assert names_on(server) == ALL
    assert set(server.entries.values_list("via", flat=True)) == {followed.pk}
    services.unpublish_source(actor=alice, followed=followed)
    assert names_on(server) == []
    assert recorded() == ["server.source.publish", "server.source.unpublish"]
    assert announced() == 2


def test_stranger_publishes_no_source(demo, charlie):
    server = make.server()
    with pytest.raises(NotAllowed):
        services.publish_source(actor=charlie, server=server, source=demo)
    followed = services.publish_source(actor=None, server=server, source=demo)
    with pytest.raises(NotAllowed):
        services.unpublish_source(actor=charlie, followed=followed)


def test_source_is_published_on_a_server_once(demo):
    server = make.server()
    services.publish_source(actor=None, server=server, source=demo)
    with pytest.raises(NameTaken, match="All of demo"):
        services.publish_source(actor=None, server=server, source=demo)


def test_what_was_published_singly_keeps_its_name_and_stays(demo):
    entry, server = Entry.objects.get(name="add"), make.server()
    services.publish_entry(actor=None, server=server, entry=entry, exposed_name="sum")
    followed = services.publish_source(actor=None, server=server, source=demo)
    assert names_on(server) == sorted([*ALL[1:], "sum"])
    services.unpublish_source(actor=None, followed=followed)
    assert names_on(server) == ["sum"]


def test_new_entry_appears_wherever_its_source_is_published(demo, recorded, announced):
    one, two = make.server(), make.server()
    for server in (one, two):
        services.publish_source(actor=None, server=server, source=demo)
    before = announced()
    make.entry(demo, "subtract")
    synced(demo)
    assert "subtract" in names_on(one)
    assert "subtract" in names_on(two)
    assert recorded()[2:] == ["server.source.follow"] * 2
    assert announced() > before


def test_sync_without_news_writes_nothing(demo, recorded, announced):
    services.publish_source(actor=None, server=make.server(), source=demo)
    before = announced()
    synced(demo)
    assert recorded() == ["server.source.publish"]
    assert announced() == before


def test_missing_entry_stays_and_a_missing_one_is_not_added(demo):
    server = make.server()
    services.publish_source(actor=None, server=server, source=demo)
    Entry.objects.filter(name="add").update(state=Entry.State.MISSING)
    make.entry(demo, "gone", state=Entry.State.MISSING)
    synced(demo)
    assert names_on(server) == ALL


def test_taken_name_is_left_out_and_told_in_the_sources_problem(demo, caplog):
    server = make.server("shop", entries=[make.entry(make.source(), "subtract")])
    services.publish_source(actor=None, server=server, source=demo)
    make.entry(demo, "subtract")
    make.entry(demo, "divide")
    demo.problem = "line 3: something else"
    synced(demo)
    demo.refresh_from_db()
    assert demo.problem.splitlines() == [
        "line 3: something else",
        'Not published on "shop", where the name is taken: subtract.',
    ]
    assert "divide" in names_on(server)
    assert "subtract" in server.entries.values_list("exposed_name", flat=True)
    assert not server.entries.filter(entry__source=demo, entry__name="subtract").exists()
    assert "left out on shop: subtract" in caplog.text


def test_problem_goes_when_the_name_is_free_again(demo):
    server = make.server("shop", entries=[make.entry(make.source(), "add")])
    services.publish_source(actor=None, server=server, source=demo)
    demo.refresh_from_db()
    assert "shop" in demo.problem
    services.unpublish_entry(actor=None, published=server.entries.get(via=None))
    synced(demo)
    demo.refresh_from_db()
    assert demo.problem == ""
    assert names_on(server) == ALL


def test_withdrawn_source_has_no_problem_there(demo):
    server = make.server("shop", entries=[make.entry(make.source(), "add")])
    followed = services.publish_source(actor=None, server=server, source=demo)
    services.unpublish_source(actor=None, followed=followed)
    demo.refresh_from_db()
    assert demo.problem == ""


def test_name_no_client_could_use_is_left_out(demo):
    make.entry(demo, "two words")
    server = make.server()
    services.publish_source(actor=None, server=server, source=demo)
    assert names_on(server) == ALL


def test_address_that_changed_in_the_file_changes_on_servers(demo):
    server = make.server()
    services.publish_source(actor=None, server=server, source=demo)
    about, greeting = Entry.objects.get(name="about"), Entry.objects.get(name="greeting")
    make.version(about, {"name": "about", "uri": "demo://about-us"})
    make.version(greeting, {"name": "greeting", "uriTemplate": "demo://hello/{name}"})
    synced(demo)
    assert names_on(server) == ["add", "demo://about-us", "demo://hello/{name}", "summarise"]


def test_address_an_admin_chose_stays(demo):
    server, about = make.server(), Entry.objects.get(name="about")
    services.publish_entry(actor=None, server=server, entry=about, exposed_name="house://rules")
    make.version(about, {"name": "about", "uri": "demo://about-us"})
    synced(demo)
    assert names_on(server) == ["house://rules"]


def test_source_that_is_gone_is_told(demo):
    server = make.server()
    gone = Source.objects.get(pk=demo.pk)
    demo.delete()
    with pytest.raises(Gone):
        services.publish_source(actor=None, server=server, source=gone)
