from uuid import UUID

import pytest

from monitoring.audit import erase_person, people, remember_person
from monitoring.models import AuditPerson

pytestmark = pytest.mark.django_db

ALICE = UUID("6f4e0f52-9f0c-4f6c-9d40-0a6ff3a0a001")


def test_a_label_follows_the_newest_name():
    remember_person(ALICE, "alice")
    remember_person(ALICE, "Alice B.")
    assert AuditPerson.objects.get(pk=ALICE).label == "Alice B."


def test_a_known_label_costs_no_query(django_assert_num_queries):
    remember_person(ALICE, "alice")
    with django_assert_num_queries(0):
        remember_person(ALICE, "alice")


def test_an_erased_person_stays_erased():
    remember_person(ALICE, "alice")
    erase_person(ALICE)
    remember_person(ALICE, "alice")
    person = AuditPerson.objects.get(pk=ALICE)
    assert (person.label, person.erased_at is None) == ("", False)


def test_a_label_is_bounded_and_writable():
    remember_person(ALICE, "a\0" + "x" * 1000)
    assert len(AuditPerson.objects.get(pk=ALICE).label) == 255


def test_the_known_people_are_bounded(monkeypatch):
    monkeypatch.setattr(people, "_KNOWN_LIMIT", 2)
    for number in range(5):
        remember_person(UUID(int=number), str(number))
    assert len(people._known) <= 2
