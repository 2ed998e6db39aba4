"""services that end browser sessions."""

import pytest

from accounts import services
from accounts.errors import NotAllowed
from accounts.principals import read_principal
from accounts.services import Ended
from accounts.tokens import digest
from tests import make


def signed_in(client) -> bool:
    return client.get("/me/tokens/").status_code == 200


@pytest.fixture
def browsers(client_class, bob, directory):
    """Two browsers that bob has logged in with."""
    browsers = [client_class() for _ in range(2)]
    for browser in browsers:
        browser.force_login(bob)
    return browsers


@pytest.fixture
def client_class(client):
    return type(client)


def test_every_session_of_the_person_ends_and_nobody_elses(
    browsers, client, bob, charlie, recorded
):
    client.force_login(charlie)
    assert services.end_sessions(actor=bob, user=bob) == Ended()
    assert not any(signed_in(browser) for browser in browsers)
    assert signed_in(client)
    assert recorded() == ["user.signout_everywhere"]


def test_sessions_that_ended_stay_ended_and_new_ones_work(browsers, bob):
    services.end_sessions(actor=bob, user=bob)
    services.end_sessions(actor=bob, user=bob)
    assert not any(signed_in(browser) for browser in browsers)
    bob.refresh_from_db()
    browsers[0].force_login(bob)
    assert signed_in(browsers[0])


@pytest.mark.parametrize("tokens_too", [False, True])
def test_tokens_stay_unless_they_are_ended_too(bob, browsers, tokens_too):
    server = make.server()
    tokens = [make.token(bob, server), make.connected(make.consent(bob, make.client(), server))]
    ended = services.end_sessions(actor=bob, user=bob, tokens_too=tokens_too)
    assert ended == (Ended(1, 1) if tokens_too else Ended())
    assert [read_principal(digest(token)) is None for token in tokens] == [tokens_too] * 2


def test_admin_signs_a_person_out_and_a_stranger_nobody(alice, bob, charlie, browsers):
    with pytest.raises(NotAllowed):
        services.end_sessions(actor=charlie, user=bob)
    assert all(signed_in(browser) for browser in browsers)
    services.end_sessions(actor=alice, user=bob)
    assert not any(signed_in(browser) for browser in browsers)
