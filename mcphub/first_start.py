"""What a hub does before it serves: bring the database up to date, and, on an empty one, the first
admin, their team and the demo. Safe when several processes start at once.
"""

import contextlib
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from accounts import services as people
from accounts.models import Membership, User
from mcphub import authors
from servers.models import Server

_LOCK = 0x6D637070
"""PostgreSQL advisory lock that lets one process prepare at a time; not the one of audit seals, which
running processes take meanwhile."""


def prepare() -> list[str]:
    """Prepare the database and return what a person should know, a line each."""
    with _alone():
        call_command("migrate", interactive=False, verbosity=0)
        password = _first_admin() if not User.objects.exists() else None
        authors.retire()
        if password is not None:
            authors.publish_demo(authors.admins())
        notes: list[str] = []
        published = authors.publish_new(authors.admins(), notes)
    return [*_welcome(password), *_servers(published), *(f"Note      {note}" for note in notes)]


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock while preparing (SQLite serves one web process)."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _first_admin() -> str:
    """Make the first admin and their team; return the password if it was made here, else nothing."""
    password = settings.ADMIN_PASSWORD or secrets.token_urlsafe(12)
    with transaction.atomic():
        user = people.create_user(
            actor=None,
            person=people.Person(settings.ADMIN_USER, is_staff=True, is_superuser=True),
            password=password,
        )
        team = people.create_team(actor=None, name=authors.ADMINS, description="Who runs this hub")
        people.add_member(actor=None, team=team, user=user, role=Membership.Role.ADMIN)
    return "" if settings.ADMIN_PASSWORD else password


def _welcome(password: str | None) -> list[str]:
    """Return where to click, and the password while it can be told."""
    lines = [f"Admin     {settings.PUBLIC_URL}/admin/", f"Servers   {settings.PUBLIC_URL}/"]
    if password:
        lines.append(f"Log in as {settings.ADMIN_USER} with password {password} (shown this once)")
    return lines


def _servers(published: list[Server]) -> list[str]:
    """Return the addresses clients connect to, and how to get a token for those that need one."""
    lines = []
    for server in Server.objects.filter(enabled=True).order_by("slug")[:20]:
        lines.append(f"Connect   {settings.PUBLIC_URL}{server.path}   ({server.visibility})")
    for server in published:
        lines.append(
            f"Token     {_python()} manage.py mint_token --user {settings.ADMIN_USER} "
            f"--server {server.slug}"
        )
    return lines


def _python() -> str:
    """Return this very Python as one types it in the project's folder: another lacks the packages."""
    running = Path(sys.executable)
    inside = running.is_relative_to(settings.BASE_DIR)
    return str(running.relative_to(settings.BASE_DIR) if inside else running)
