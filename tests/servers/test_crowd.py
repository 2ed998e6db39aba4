"""crowd.py: listeners by server and session."""

import uuid

from accounts.caller import nobody
from servers.crowd import Crowd, Listener, Place

ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)


def listener(server=ONE, session=""):
    return Listener(
        slug="s",
        server=server,
        token=None,
        caller=nobody(),
        wants=frozenset(),
        uris=None,
        session=session,
        tell=lambda _method, _params: None,
        end=lambda: None,
    )


def test_listeners_are_found_by_server_and_session():
    crowd = Crowd()
    mine, other, elsewhere = listener(session="a"), listener(), listener(TWO, "b")
    for each in (mine, other, elsewhere):
        crowd.add(each)
    assert set(crowd.of_server(ONE)) == {mine, other} and crowd.of_server(TWO) == (elsewhere,)
    assert crowd.of_session("a") is mine and crowd.of_session("b") is elsewhere
    assert crowd.of_session("") is None and len(crowd) == 3


def test_newest_of_a_session_is_the_one_and_its_place_outlives_the_older():
    crowd = Crowd()
    older, newer = listener(session="a"), listener(session="a")
    crowd.add(older)
    crowd.add(newer)
    crowd.remove(older)
    assert crowd.of_session("a") is newer and older not in crowd


def test_nothing_is_left_of_those_who_went():
    crowd = Crowd()
    for each in [listener(uuid.uuid4(), str(number)) for number in range(100)]:
        with Place(each, crowd.add, crowd.remove):
            assert each in crowd
    assert not crowd and not crowd._by_server and not crowd._by_session
