"""Services called by many at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection, transaction

from catalog.models import Source
from catalog.services import announce, delete_source
from catalog.signals import source_synced
from servers import services
from servers.errors import Answered, NameTaken
from servers.models import AccessRequest, AccessRule, AllowedOrigin, ServerEntry
from servers.state.doing import apply
from servers.state.reading import read_state
from tests import make

MANY = 4


@pytest.mark.django_db(transaction=True)
def test_of_many_that_publish_one_name_at_once_one_succeeds():
    server = make.server()
    entries = [make.entry(make.source(), "add") for _ in range(MANY)]
    together = Barrier(MANY)

    def publish(entry):
        together.wait()
        try:
            services.publish_entry(actor=None, server=server, entry=entry)
        except NameTaken:
            return "taken"
        finally:
            connection.close()
        return "published"

    with ThreadPoolExecutor(MANY) as pool:
        outcomes = sorted(pool.map(publish, entries))
    assert outcomes == ["published"] + ["taken"] * (MANY - 1)
    assert ServerEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_requests_of_one_person_at_once_one_waits():
    server, person = make.server(discoverable=True), make.user()
    together = Barrier(MANY)

    def ask(number):
        together.wait()
        try:
            return services.ask_for_access(actor=person, server=server, reason=str(number)).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        assert len(set(pool.map(ask, range(MANY)))) == 1
    assert AccessRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_answers_at_once_one_counts():
    person = make.user()
    asked = services.ask_for_access(actor=person, server=make.server(discoverable=True))
    together = Barrier(MANY)

    def answer(number):
        decide = services.grant_request if number % 2 else services.decline_request
        together.wait()
        try:
            decide(actor=None, request=asked)
        except Answered:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(MANY) as pool:
        assert sum(pool.map(answer, range(MANY))) == 1
    asked.refresh_from_db()
    assert AccessRule.objects.filter(user=person).count() == (asked.state == "granted")


@pytest.mark.django_db(transaction=True)
def test_of_many_that_allow_one_origin_at_once_all_succeed():
    together = Barrier(MANY)

    def allow(number):
        together.wait()
        try:
            return services.allow_origin(actor=None, origin="https://x.example").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        assert len(set(pool.map(allow, range(MANY)))) == 1
    assert AllowedOrigin.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_writers_of_every_kind_never_wait_for_each_other_crosswise():
    source, server = make.source("demo"), make.server("shop")
    entries = [make.entry(source, f"tool{number}") for number in range(MANY)]
    doomed = [make.source() for _ in range(MANY)]
    state = read_state(b"servers: [{slug: shop, sources: [demo], rules: []}]", Path())

    def sync(number):
        with transaction.atomic():
            locked = Source.objects.select_for_update().get(pk=source.pk)
            make.entry(locked, f"new{number}")
            source_synced.send(sender=Source, source=locked)
            announce()

    def publish(number):
        services.publish_entry(
            actor=None, server=server, entry=entries[number], exposed_name=f"my{number}"
        )

    writers = [
        sync,
        publish,
        lambda number: apply(state, show=lambda steps: None, dry_run=False),
        lambda number: services.update_server(actor=None, server=server, title=f"Shop {number}"),
        lambda number: services.add_rule(actor=None, server=server, effect="deny"),
        lambda number: delete_source(actor=None, source=doomed[number]),
    ]
    together = Barrier(len(writers))

    def run(writer):
        try:
            together.wait()
            for number in range(MANY):
                writer(number)
        except NameTaken:
            pass  # all of the source was faster
        finally:
            connection.close()

    with ThreadPoolExecutor(len(writers)) as pool:
        list(pool.map(run, writers))
    names = set(server.entries.values_list("entry__name", flat=True))
    assert {f"new{number}" for number in range(MANY)} <= names
    assert len(names) == 2 * MANY
