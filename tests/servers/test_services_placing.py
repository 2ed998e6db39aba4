"""Moving what is published."""

import pytest

from servers import services
from servers.errors import Gone, InvalidValue, NotAllowed
from servers.models import Server
from tests import make
from tests.admin_pages import changes


@pytest.fixture
def server(db):
    """Four tools, two of them at one place, and a prompt between them."""
    source = make.source()
    entries = [make.entry(source, name) for name in "abcd"]
    server = make.server("demo", entries=[*entries, make.entry(source, "p", "prompt")])
    server.entries.filter(exposed_name__in=("b", "c")).update(position=1)
    server.entries.filter(exposed_name="p").update(position=2)
    return server


def order(server: Server) -> str:
    rows = server.entries.filter(kind="tool").order_by("position", "exposed_name")
    return "".join(row.exposed_name for row in rows)


@pytest.mark.parametrize(
    ("name", "place", "comes_to"),
    [
        *(("d", 1, "dabc"), ("d", 3, "abdc"), ("a", 4, "bcda"), ("b", 3, "acbd")),
        *(("c", 2, "acbd"), ("a", 2, "bacd"), ("b", 2, "abcd")),
    ],
)
def test_it_goes_to_its_place_and_the_others_keep_theirs(server, name, place, comes_to):
    services.move_published_entry(
        actor=None, published=server.entries.get(exposed_name=name), place=place
    )
    assert order(server) == comes_to
    assert server.entries.get(exposed_name="p").position == 2


def test_move_is_recorded_and_announced_unless_it_changes_nothing(server, alice, announced):
    row = server.entries.get(exposed_name="d")
    services.move_published_entry(actor=alice, published=row, place=4)
    assert announced() == 0
    services.move_published_entry(actor=alice, published=row, place=2)
    (change,) = changes("server.entry.move")
    assert (change["before"], change["after"]) == (
        {"kind": "tool", "place": 4},
        {"kind": "tool", "place": 2},
    )
    assert announced() == 1


def test_ten_moves_ask_the_database_as_often_each(server, django_assert_max_num_queries):
    for place in (1, 4, 2, 3, 1, 4, 2, 3, 1, 4):
        row = server.entries.get(exposed_name="d")
        with django_assert_max_num_queries(16):
            services.move_published_entry(actor=None, published=row, place=place)
    assert order(server) == "abcd"


@pytest.mark.parametrize("place", [0, 5, -1])
def test_place_that_is_not_there_is_refused(server, place):
    with pytest.raises(InvalidValue):
        services.move_published_entry(
            actor=None, published=server.entries.get(exposed_name="a"), place=place
        )


def test_stranger_moves_nothing_and_what_is_gone_is_told(server, charlie):
    row = server.entries.get(exposed_name="a")
    with pytest.raises(NotAllowed):
        services.move_published_entry(actor=charlie, published=row, place=2)
    server.entries.filter(pk=row.pk).delete()
    with pytest.raises(Gone):
        services.move_published_entry(actor=None, published=row, place=2)
