"""services about single entries on a server."""

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Entry
from servers import services
from servers.errors import BadName, FollowsSource, Gone, InvalidValue, NameTaken, NotAllowed
from servers.models import ServerEntry
from tests import make


def entry_of(source, kind):
    return Entry.objects.get(source=source, kind=kind)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("tool", "add"),
        ("prompt", "summarise"),
        ("resource", "demo://about"),
        ("template", "demo://greeting/{name}"),
    ],
)
def test_entry_is_published_under_its_own_name_or_address(demo, kind, name):
    entry = entry_of(demo, kind)
    published = services.publish_entry(actor=None, server=make.server(), entry=entry)
    assert (published.exposed_name, published.kind) == (name, kind)


def test_entry_is_published_renamed_moved_and_withdrawn(demo, alice, recorded, announced):
    entry, server = entry_of(demo, "tool"), make.server()
    published = services.publish_entry(
        actor=alice, server=server, entry=entry, exposed_name="sum", position=2
    )
    assert (published.exposed_name, published.position) == ("sum", 2)
    published = services.update_published_entry(
        actor=alice, published=published, exposed_name="plus", position=1
    )
    assert (published.exposed_name, published.position) == ("plus", 1)
    published = services.update_published_entry(actor=alice, published=published, exposed_name="")
    assert (published.exposed_name, published.position) == ("add", 1)
    services.unpublish_entry(actor=alice, published=published)
    assert not ServerEntry.objects.exists()
    actions = ["publish", "update", "update", "unpublish"]
    assert recorded() == [f"server.entry.{action}" for action in actions]
    assert announced() == 4


def test_stranger_publishes_nothing(demo, charlie):
    entry, server = entry_of(demo, "tool"), make.server()
    published = services.publish_entry(actor=None, server=server, entry=entry)
    with pytest.raises(NotAllowed):
        services.publish_entry(actor=charlie, server=make.server(), entry=entry)
    with pytest.raises(NotAllowed):
        services.update_published_entry(actor=charlie, published=published, position=1)
    with pytest.raises(NotAllowed):
        services.unpublish_entry(actor=charlie, published=published)


@pytest.mark.behaviour("H11")
def test_two_equal_exposed_names_are_refused_by_the_constraint(demo):
    other = make.entry(make.source(), "add")
    server = make.server(entries=[entry_of(demo, "tool")])
    with pytest.raises(IntegrityError), transaction.atomic():
        ServerEntry.objects.create(server=server, entry=other, kind="tool", exposed_name="add")
    with pytest.raises(NameTaken, match=f"The tool name add is taken on {server.slug}"):
        services.publish_entry(actor=None, server=server, entry=other)
    published = services.publish_entry(actor=None, server=server, entry=other, exposed_name="add2")
    with pytest.raises(NameTaken):
        services.update_published_entry(actor=None, published=published, exposed_name="add")


def test_a_tool_and_a_prompt_may_have_one_name(demo):
    server = make.server(entries=[entry_of(demo, "tool")])
    prompt = make.entry(demo, "add", "prompt")
    assert services.publish_entry(actor=None, server=server, entry=prompt).pk


def test_entry_stands_on_a_server_once(demo):
    entry = entry_of(demo, "tool")
    server = make.server(entries=[entry])
    with pytest.raises(NameTaken, match="add is published on"):
        services.publish_entry(actor=None, server=server, entry=entry, exposed_name="other")


@pytest.mark.behaviour("H11")
@pytest.mark.parametrize("name", ["with space", "x" * 129, "añadir", "a/b", "a\0", "\nb", "🙂"])
@pytest.mark.parametrize("kind", ["tool", "prompt"])
def test_name_that_clients_cannot_use_is_refused(demo, kind, name):
    with pytest.raises(BadName):
        services.publish_entry(
            actor=None, server=make.server(), entry=entry_of(demo, kind), exposed_name=f"a{name}"
        )


@pytest.mark.parametrize("name", ["about", "demo://a b", "demo://\0", "demo://" + "x" * 512])
def test_resource_needs_an_address(demo, name):
    with pytest.raises(InvalidValue):
        services.publish_entry(
            actor=None, server=make.server(), entry=entry_of(demo, "resource"), exposed_name=name
        )


def test_resource_may_have_another_address_and_a_template_may_not(demo):
    server = make.server()
    resource, template = entry_of(demo, "resource"), entry_of(demo, "template")
    name = "house://rules"
    assert services.publish_entry(actor=None, server=server, entry=resource, exposed_name=name).pk
    with pytest.raises(BadName, match="keeps its own address"):
        services.publish_entry(actor=None, server=server, entry=template, exposed_name="x://{name}")


def test_resource_without_definition_has_no_address(demo):
    entry = Entry.objects.create(source=demo, kind="resource", name="bare")
    with pytest.raises(BadName, match="no approved definition"):
        services.publish_entry(actor=None, server=make.server(), entry=entry)


def test_impossible_position_is_refused(demo):
    entry = entry_of(demo, "tool")
    with pytest.raises(InvalidValue):
        services.publish_entry(actor=None, server=make.server(), entry=entry, position=-1)


def test_entry_of_a_source_that_is_published_whole_is_not_withdrawn(demo):
    server = make.server()
    services.publish_source(actor=None, server=server, source=demo)
    with pytest.raises(FollowsSource, match="all of demo"):
        services.unpublish_entry(actor=None, published=server.entries.first())


def test_withdrawn_entry_cannot_be_changed(demo):
    server = make.server(entries=[entry_of(demo, "tool")])
    published = server.entries.get()
    services.unpublish_entry(actor=None, published=published)
    with pytest.raises(Gone):
        services.update_published_entry(actor=None, published=published, position=3)
