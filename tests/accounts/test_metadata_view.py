"""views/metadata.py: the hub as authorization server, at both addresses."""

import json

import pytest

from accounts.models import ClientPolicy

ADDRESSES = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
every_address = pytest.mark.parametrize("address", ADDRESSES)
pytestmark = pytest.mark.django_db


def document(client, address=ADDRESSES[0], **headers):
    answer = client.get(address, headers=headers or {"host": "127.0.0.1:8000"})
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.behaviour("Q2", "Q3", "Q4")
def test_both_addresses_give_the_same_document(client):
    first, second = (client.get(each) for each in ADDRESSES)
    assert first.content == second.content
    assert first["content-type"] == "application/json"
    assert first.json()["issuer"] == "http://testserver"


@pytest.mark.behaviour("Q4")
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "localhost"])
def test_each_loopback_name_is_an_issuer_of_its_own(client, settings, host):
    settings.ALLOWED_HOSTS = list(settings.LOOPBACK_NAMES)
    told = document(client, host=host)
    assert told["issuer"] == f"http://{host}"
    assert told["token_endpoint"] == f"http://{host}/token"


@pytest.mark.behaviour("P12")
def test_name_in_capitals_is_the_same_issuer(client, settings):
    settings.ALLOWED_HOSTS = list(settings.LOOPBACK_NAMES)
    assert document(client, host="LocalHost:8000")["issuer"] == "http://localhost:8000"


@pytest.mark.parametrize("host", ["hub.example.com", "other.example.com:8443"])
def test_public_address_is_the_only_issuer(client, settings, host):
    settings.PUBLIC_URL, settings.PUBLIC_URL_GIVEN = "https://hub.example.com", True
    settings.ALLOWED_HOSTS = ["hub.example.com", "other.example.com"]
    told = document(client, host=host)
    assert told["issuer"] == "https://hub.example.com"
    assert told["authorization_endpoint"] == "https://hub.example.com/authorize"


@every_address
@pytest.mark.parametrize("verb", ["get", "head", "options", "post"])
def test_foreign_host_is_refused(client, address, verb):
    answer = getattr(client, verb)(address, headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert b"evil" not in answer.content


@every_address
def test_warm_document_asks_the_database_nothing(client, address, django_assert_num_queries):
    document(client, address)
    with django_assert_num_queries(0):
        for _ in range(3):
            document(client, address)


@pytest.mark.parametrize(
    ("registration", "told"),
    [("open", True), ("hosts", True), ("approval", True), ("closed", False)],
)
def test_policy_that_changes_is_in_the_next_document(client, registration, told):
    assert "registration_endpoint" in document(client)
    ClientPolicy.objects.create(pk=1, registration=registration)
    assert ("registration_endpoint" in document(client)) is told
    ClientPolicy.objects.get().delete()
    assert "registration_endpoint" in document(client)


@pytest.mark.parametrize(
    ("url", "allowed", "told"),
    [
        ("https://hub.example.com", True, True),
        ("https://hub.example.com", False, None),
        ("http://hub.example.com", True, None),
        ("https://localhost:8443", True, None),
        ("https://[::1]", True, None),
        ("", True, None),
    ],
)
def test_documents_of_clients_are_offered_on_a_public_https_address_alone(
    client, settings, url, allowed, told
):
    settings.PUBLIC_URL, settings.PUBLIC_URL_GIVEN = url, bool(url)
    settings.SECURE = url.startswith("https:")
    ClientPolicy.objects.create(pk=1, client_documents=allowed)
    assert document(client).get("client_id_metadata_document_supported") is told


@every_address
def test_nobody_keeps_a_document_and_nobody_gets_a_cookie(client, address):
    answer = client.get(address)
    assert answer["cache-control"] == "no-cache"
    assert not answer.cookies and "cookie" not in answer.headers.get("vary", "").lower()


@every_address
@pytest.mark.parametrize("verb", ["post", "put", "delete", "patch"])
def test_other_verbs_do_nothing(client, address, verb):
    answer = getattr(client, verb)(address)
    assert answer.status_code == 405 and set(answer["allow"].split(", ")) == {"GET", "HEAD"}


def test_document_is_no_longer_than_it_need_be(client):
    assert len(json.dumps(document(client))) < 1_500
