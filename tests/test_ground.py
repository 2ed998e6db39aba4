"""What the tests themselves stand on: conftest.py, make.py and settings.py."""

import os
import socket

import pytest
from django.conf import settings
from django.db import transaction

from accounts.models import IssuedToken
from catalog.models import Entry
from servers.models import AccessRule, ServerEntry
from tests import make


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_sockets_beyond_loopback_are_refused(method):
    with socket.socket() as sock, pytest.raises(RuntimeError, match="tried to reach"):
        getattr(sock, method)(("192.0.2.1", 80))


def test_sockets_on_loopback_connect():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_what_waits_for_a_commit_runs_after_the_outermost_block(db):
    seen = []
    with transaction.atomic():
        with transaction.atomic():
            transaction.on_commit(lambda: seen.append("inner"))
        assert seen == []
    assert seen == ["inner"]


def test_what_waits_for_a_commit_runs_at_once_outside_of_blocks(db):
    seen = []
    transaction.on_commit(lambda: seen.append("now"))
    assert seen == ["now"]


def test_what_was_rolled_back_is_not_run(db):
    seen = []
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        transaction.on_commit(lambda: seen.append("never"))
        raise ZeroDivisionError
    with transaction.atomic():
        transaction.on_commit(lambda: seen.append("later"))
    assert seen == ["later"]


def test_settings_of_the_shell_do_not_get_in():
    names = [name for name in os.environ if name.startswith("MCPHUB_")]
    assert set(names) <= {"MCPHUB_DATA", "MCPHUB_SECRET_KEY"}
    assert "mcphub-tests-" in str(settings.DATA_DIR)


def test_factories_fit_together(bob):
    entry = make.entry(make.source(team=make.team()), "add")
    server = make.server("demo", entries=[entry])
    make.rule(server, user=bob)
    token = make.token(bob, server)
    assert (Entry.objects.get().current.number, ServerEntry.objects.get().entry) == (1, entry)
    assert AccessRule.objects.get().server == server
    assert IssuedToken.objects.get().server == server.public_id
    assert token.startswith("mcphub_")
