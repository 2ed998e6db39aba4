"""Tokens of clients over two web processes: what one takes back, the other refuses at once."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests import make
from tests import pair as pairs
from tests.connecting import FORM
from tests.pair import refused, until

pytestmark = pytest.mark.services
SEED = """
from tests import make
from accounts.models import User
from servers.models import Server
user, server = User.objects.get(username="admin"), Server.objects.get(slug="demo-private")
consent = make.consent(user, make.oauth_client(), server)
print(consent.client.client_id, *(make.grant(consent) for _ in range(3)))
"""


@pytest.fixture(scope="module", params=["redis", "postgresql alone"])
def pair(request, tmp_path_factory):
    postgres, redis = pairs.services_on(request.param)
    folder = tmp_path_factory.mktemp("pair")
    with pairs.running(folder, postgres, redis) as running:
        yield running


@pytest.fixture(scope="module")
def seeded(pair):
    """A client that the admin allowed, and codes for it, as a list to take from."""
    client, *codes = pair.hubs[0].manage("shell", "-v", "0", "-c", SEED).split()
    return client, codes


def post(hub, path, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30)
    connection.request("POST", path, urlencode(fields), {"content-type": FORM})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told


def redeem(hub, client, code):
    right = {"client_id": client, "code": code, "code_verifier": make.VERIFIER}
    return post(hub, "/token", grant_type="authorization_code", **right)


def refresh(hub, client, token):
    return post(hub, "/token", grant_type="refresh_token", client_id=client, refresh_token=token)


def test_token_from_one_process_opens_the_other_until_a_client_gives_it_back(pair, seeded):
    (client, codes), (one, two) = seeded, pair.hubs
    _, given = redeem(one, client, codes.pop())
    assert not refused(one, given["access_token"]) and not refused(two, given["access_token"])
    assert post(two, "/revoke", client_id=client, token=given["refresh_token"])[0] == 200
    for hub in pair.hubs:
        until(lambda hub=hub: refused(hub, given["access_token"]))
    assert refresh(one, client, given["refresh_token"])[1]["error"] == "invalid_grant"


def test_of_redemptions_on_both_processes_one_succeeds_and_its_token_works(pair, seeded):
    client, codes = seeded
    code = codes.pop()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda hub: redeem(hub, client, code), pair.hubs * 25))
    (won,) = [told for status, told in answers if status == 200]
    assert {told["error"] for status, told in answers if status != 200} == {"invalid_grant"}
    assert not any(refused(hub, won["access_token"]) for hub in pair.hubs)


def test_refreshes_on_both_processes_at_once_all_succeed(pair, seeded):
    client, codes = seeded
    _, given = redeem(pair.hubs[0], client, codes.pop())
    token = given["refresh_token"]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda hub: refresh(hub, client, token), pair.hubs * 10))
    assert {status for status, _ in answers} == {200}
    for hub, (_, told) in zip(pair.hubs * 10, answers, strict=True):
        assert not refused(hub, told["access_token"])
