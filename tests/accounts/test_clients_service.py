"""What admins decide about clients."""

import pytest
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from accounts import services
from accounts.errors import ClientRefused, Gone, InvalidFields, NotAllowed
from accounts.models import Consent, OAuthClient
from accounts.oauth.registration import ClientMetadata
from tests import make

URI = "https://a.example/cb"


@pytest.fixture
def row(db) -> OAuthClient:
    return make.client("Editor")


def test_client_is_blocked_and_let_in_again(alice, row, recorded, announced):
    services.block_client(actor=alice, client=row)
    assert OAuthClient.objects.get().state == "blocked"
    services.unblock_client(actor=alice, client=row)
    assert OAuthClient.objects.get().state == "in"
    assert recorded() == ["client.block", "client.unblock"]
    assert announced == [f"client:{row.pk}"] * 2


def test_client_is_approved_once(alice, recorded):
    row = make.client(approved=False)
    for _ in range(2):
        services.approve_client(actor=alice, client=row)
    assert OAuthClient.objects.get().is_usable(None) and recorded() == ["client.approve"]


def test_blocked_client_stays_blocked_when_it_is_approved(alice):
    row = make.client(approved=False, blocked=True)
    services.approve_client(actor=alice, client=row)
    assert OAuthClient.objects.get().state == "blocked"


def test_client_of_an_admin_is_described_otherwise(alice, recorded):
    row = make.client(registration_source="manual")
    services.update_client(actor=alice, client=row, name="Other", redirect_uris=URI)
    services.update_client(actor=alice, client=row, name="Other", redirect_uris=URI)
    found = OAuthClient.objects.get()
    assert (found.name, found.redirect_uris, recorded()) == ("Other", URI, ["client.update"])


@pytest.mark.parametrize(
    "uris", ["", "http://evil.example/", f"{URI} javascript:1", f"{URI} " * 11]
)
def test_client_does_not_get_unfit_addresses(alice, uris):
    row = make.client(registration_source="manual")
    with pytest.raises(InvalidFields):
        services.update_client(actor=alice, client=row, name="x", redirect_uris=uris)
    with pytest.raises(InvalidFields):
        services.add_client(actor=alice, metadata=ClientMetadata("x", tuple(uris.split())))


@pytest.mark.parametrize("source", ["dcr", "cimd"])
def test_what_others_say_of_themselves_stays(alice, source):
    row = make.client(registration_source=source)
    with pytest.raises(ClientRefused):
        services.update_client(actor=alice, client=row, name="x", redirect_uris=URI)


def test_client_goes_with_all_it_was_given_and_no_other(alice, bob, row, recorded, announced):
    server, other = make.server(), make.client()
    for client in (row, other):
        make.family(make.consent(bob, client, server))
    kept = make.token(bob, server)
    services.delete_client(actor=alice, client=row)
    assert list(OAuthClient.objects.all()) == [other] and kept
    assert Consent.objects.get().client == other
    assert get_refresh_token_model().objects.get().application == other
    assert get_access_token_model().objects.count() == 2
    assert recorded() == ["client.delete"] and f"client:{row.pk}" in announced


@pytest.mark.parametrize(
    "act",
    [
        lambda actor, row: services.approve_client(actor=actor, client=row),
        lambda actor, row: services.block_client(actor=actor, client=row),
        lambda actor, row: services.unblock_client(actor=actor, client=row),
        lambda actor, row: services.delete_client(actor=actor, client=row),
        lambda actor, row: services.add_client(actor=actor, metadata=ClientMetadata("x", (URI,))),
        lambda actor, row: services.update_client(
            actor=actor, client=row, name="x", redirect_uris=URI
        ),
        lambda actor, row: services.set_client_policy(
            actor=actor, registration="closed", redirect_hosts="", client_documents=True
        ),
    ],
    ids=range(7),
)
def test_stranger_decides_nothing(charlie, row, recorded, act):
    with pytest.raises(NotAllowed):
        act(charlie, row)
    assert recorded() == []


def test_revoking_the_last_connection_counts_as_its_last_use(bob, row):
    consent = make.consent(bob, row, make.server())
    OAuthClient.objects.update(updated="2020-01-01T00:00:00Z")
    services.ending.end_consents(Consent.objects.filter(pk=consent.pk))
    assert OAuthClient.objects.get().updated.year > 2020


@pytest.mark.parametrize(
    "act",
    [
        services.approve_client,
        services.block_client,
        services.unblock_client,
        services.delete_client,
        services.renew_secret,
    ],
)
def test_client_that_was_just_deleted_is_told_as_gone(alice, row, recorded, act):
    OAuthClient.objects.all().delete()
    with pytest.raises(Gone, match="“Editor” is not there any more"):
        act(actor=alice, client=row)
    assert recorded() == []
