"""composed.py: a look-up that is composed once answers what the ORM would."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.composed import Composed
from accounts.models import Consent, OAuthClient, User
from tests import make


def test_each_value_has_its_own_answer(bob, charlie):
    people = Composed(lambda name: User.objects.filter(username=name).order_by())
    for person in (bob, charlie, bob):
        found = people.first(person.username)
        assert found == person
        # Every column, as each database's converters read it.
        fields = [field.attname for field in User._meta.concrete_fields]
        stored = User.objects.get(pk=person.pk)
        assert [getattr(found, one) for one in fields] == [getattr(stored, one) for one in fields]
    assert people.first("nobody") is None


def test_rows_are_looked_up_anew(bob):
    people = Composed(lambda name: User.objects.filter(username=name).order_by())
    assert people.first("bob").email == ""
    User.objects.update(email="bob@example.com")
    assert people.first("bob").email == "bob@example.com"


def test_uuid_is_found_and_what_is_selected_beside_it_comes_along(
    connecting, directory, django_assert_num_queries
):
    consents = Composed(
        lambda server: Consent.objects.filter(server=server).select_related("user").order_by("pk")
    )
    second = make.consent(make.user(), connecting.client, directory.servers[0])
    assert consents.all(uuid.uuid4()) == []
    with django_assert_num_queries(1):
        found = consents.all(connecting.consent.server)
        assert [each.user for each in found] == [connecting.consent.user, second.user]


def test_columns_left_out_are_left_out(connecting, django_assert_num_queries):
    clients = Composed(lambda name: OAuthClient.objects.filter(client_id=name).only("blocked"))
    found = clients.first(connecting.client.client_id)
    assert "name" not in found.__dict__
    with django_assert_num_queries(1):
        assert found.name == "Editor"


def test_hostile_text_is_a_value_and_nothing_else(connecting):
    clients = Composed(lambda name: OAuthClient.objects.filter(client_id=name))
    for text in ("' OR 1=1 --", "%s", "%", '"; DROP TABLE x'):
        assert clients.first(text) is None
    assert clients.first(connecting.client.client_id) == connecting.client


def test_query_that_knows_other_values_is_refused(db):
    wrong = Composed(lambda name: User.objects.filter(username=name, email="x"))
    with pytest.raises(ValueError, match="one value"):
        wrong.first("bob")


@pytest.mark.django_db(transaction=True)
def test_what_one_thread_composed_serves_all():
    people = Composed(lambda name: User.objects.filter(username=name).order_by())
    made = [make.user() for _ in range(4)]
    people.first("nobody")

    def find(person):
        try:
            return people.first(person.username).date_joined
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(find, made)) == [person.date_joined for person in made]
