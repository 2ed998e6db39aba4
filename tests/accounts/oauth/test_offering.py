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


@pytest.mark.parametrize("possible", [True, False])
@pytest.mark.parametrize("allowed", [True, False])
def test_documents_of_clients_are_offered_where_they_can_be_had_and_an_admin_lets_them(
    settings, possible, allowed
):
    settings.CLIENT_DOCUMENTS = possible
    ClientPolicy.objects.create(pk=1, client_documents=allowed)
    assert offered.get().client_documents is (possible and allowed)
