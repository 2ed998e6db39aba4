"""/logout/."""

import pytest

from monitoring.audit import flush
from monitoring.models import AuditEvent


def test_address_alone_logs_nobody_out(client, bob):
    client.force_login(bob)
    page = client.get("/logout/").content.decode()
    assert "Log out?" in page
    assert "_auth_user_id" in client.session


def test_button_logs_out(client, bob):
    client.force_login(bob)
    assert client.post("/logout/")["Location"] == "/login/"
    assert "_auth_user_id" not in client.session


def test_visitor_is_offered_to_log_in(client, db):
    assert "You are not logged in" in client.get("/logout/").content.decode()


def test_form_needs_its_csrf_token(client, bob):
    client.force_login(bob)
    client.handler.enforce_csrf_checks = True
    assert client.post("/logout/").status_code == 403
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize("path", ["/logout/", "/admin/logout/"])
def test_log_out_is_recorded(client, bob, path):
    client.force_login(bob)
    client.post(path)
    client.post(path)
    flush()
    event = AuditEvent.objects.get()
    assert (event.kind, event.action, event.user) == ("session", "session.end", bob.public_id)
