"""oauth/offering.py, oauth/client_documents.py: what is offered to clients, and when it is read."""

import pytest

from accounts.models import ClientPolicy
from accounts.oauth.offering import offered
from monitoring import bus

pytestmark = pytest.mark.django_db


def test_it_is_read_once(django_assert_num_queries):
    offered.get()
    with django_assert_num_queries(0):
        assert offered.get() == offered.known()


@pytest.mark.parametrize(
    ("registration", "open_"),
    [("open", True), ("hosts", True), ("approval", True), ("closed", False)],
)
def test_registration_is_offered_unless_nobody_may(registration, open_):
    assert offered.get().registration is True
    ClientPolicy.objects.create(pk=1, registration=registration)
    assert offered.known() is None and offered.get().registration is open_
    ClientPolicy.objects.get().delete()
    assert offered.get().registration is True


def test_policy_that_another_process_changed_is_read_again():
    for topic in ("client-policy", bus.CONNECTED):
        offered.get()
        bus._call(topic, "")
        assert offered.known() is None


@pytest.mark.parametrize(
    ("url", "allowed", "told"),
    [
        ("https://hub.example.com", True, True),
        ("https://hub.example.com", False, False),
        ("http://hub.example.com", True, False),
        ("https://localhost:8443", True, False),
        ("https://[::1]", True, False),
        ("", True, False),
    ],
)
def test_documents_of_clients_are_taken_on_a_public_https_address_alone(
    settings, url, allowed, told
):
    settings.PUBLIC_URL, settings.PUBLIC_URL_GIVEN = url, bool(url)
    settings.SECURE = url.startswith("https:")
    ClientPolicy.objects.create(pk=1, client_documents=allowed)
    assert offered.get().client_documents is told
