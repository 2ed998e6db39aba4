"""Rows for tests: one small function a model, sensible without arguments."""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone
from oauth2_provider.models import (
    get_access_token_model,
    get_grant_model,
    get_refresh_token_model,
    set_token_value,
)

from accounts.caller import Caller
from accounts.models import (
    ConnectionAttempt,
    Consent,
    IssuedToken,
    Membership,
    OAuthClient,
    Team,
    TokenFamily,
    User,
)
from accounts.oauth.notebook import Noted
from accounts.scopes import DEFAULT
from accounts.services import note_step
from catalog.models import Definition, Entry, EntryVersion, Source
from servers.jobs.boxes import closed
from servers.jobs.callers import write_caller
from servers.models import AccessRule, Job, JobMoment, Server, ServerEntry, SSEClient

PASSWORD = "correct horse"
CALLBACK = "http://127.0.0.1:3334/callback"

_numbers = count(1)


def sha256(text: str) -> str:
    """What a code or token is stored as."""
    return hashlib.sha256(text.encode()).hexdigest()


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


VERIFIER = "a-verifier-of-43-characters-and-a-few-more-0"
CHALLENGE = challenge(VERIFIER)


def user(username: str = "", **fields: Any) -> User:
    """A person whose password is PASSWORD."""
    name = username or f"user{next(_numbers)}"
    return User.objects.create_user(name, password=PASSWORD, **fields)


def team(name: str = "", **fields: Any) -> Team:
    """A team without members."""
    return Team.objects.create(name=name or f"team{next(_numbers)}", **fields)


def member(team: Team, user: User, role: str = Membership.Role.MEMBER) -> Membership:
    """That person in that team."""
    return Membership.objects.create(team=team, user=user, role=role)


def source(key: str = "", **fields: Any) -> Source:
    """A Python source without entries."""
    key = key or f"source{next(_numbers)}"
    return Source.objects.create(**{"key": key, "name": key, **fields})


def entry(
    source: Source, name: str = "add", kind: str = Entry.Kind.TOOL, body: Any = None, **fields: Any
) -> Entry:
    """An entry of the source with one approved version; `body` is its definition."""
    row = Entry.objects.create(source=source, name=name, kind=kind, **fields)
    shown = body or {"name": name, "inputSchema": {"type": "object"}}
    text = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    definition, _ = Definition.objects.get_or_create(
        sha256=hashlib.sha256(text.encode()).hexdigest(), defaults={"body": text}
    )
    row.current = EntryVersion.objects.create(entry=row, number=1, definition=definition)
    row.save()
    return row


def version(entry: Entry, body: Any) -> EntryVersion:
    """A newer version of the entry, now its current one; `body` is its definition."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    definition, _ = Definition.objects.get_or_create(sha256=sha256, defaults={"body": text})
    number = entry.versions.count() + 1
    row = EntryVersion.objects.create(entry=entry, number=number, definition=definition)
    entry.current = row
    entry.save(update_fields=["current"])
    return row


def server(slug: str = "", *, entries: Sequence[Entry] = (), **fields: Any) -> Server:
    """A published server, for its team alone unless told otherwise, with these entries."""
    slug = slug or f"server{next(_numbers)}"
    row = Server.objects.create(**{"slug": slug, "title": slug.title(), **fields})
    for position, each in enumerate(entries):
        ServerEntry.objects.create(
            server=row, entry=each, kind=each.kind, exposed_name=each.name, position=position
        )
    return row


def rule(server: Server, **fields: Any) -> AccessRule:
    """An access rule; say for whom with `team` or `user`."""
    return AccessRule.objects.create(server=server, **fields)


def token(user: User, server: Server, *, scopes: Sequence[str] = DEFAULT, days: float = 30) -> str:
    """A token of that person for that server, whether or not they may use it; its plain text."""
    text = f"mcphub_{secrets.token_urlsafe(32)}"
    access = get_access_token_model()(
        user=user,
        expires=timezone.now() + timedelta(days=days),
        scope=" ".join(scopes),
        resource=[f"urn:uuid:{server.public_id}"],
    )
    set_token_value(access, text)
    access.save()
    IssuedToken.objects.create(
        access_token=access,
        user=user,
        name="made for a test",
        origin=IssuedToken.Origin.COMMAND,
        server=server.public_id,
    )
    return text


def job(server: Server, entry: Entry, user: User | None = None, **fields: Any) -> Job:
    """A job of a tool, queued unless told otherwise, with `taken` for its arguments, and its beginning."""
    now, name = timezone.now(), secrets.token_hex(16)
    taken = fields.pop("taken", {})
    caller = Caller(server.public_id, user and user.pk, user and user.public_id, client="")
    row = Job.objects.create(
        **{
            "public_id": name,
            "server": server,
            "entry": entry,
            "name": entry.name,
            "sha256": entry.current.definition_id if entry.current else "",
            "scope": "mcp:tools:write",
            "user": user,
            "owner": str(user.pk) if user else "address:192.0.2.0/24",
            "caller": write_caller(caller),
            "revision": "2026-07-28",
            "call": name,
            "arguments": closed(taken, name),
            "seconds": 600.0,
            "due_at": now,
            "created_at": now,
            "updated_at": now,
            "expires_at": now + timedelta(hours=1),
            **fields,
        }
    )
    JobMoment.objects.create(job=row, at=row.created_at, what="accepted")
    return row


def sse_client(server: Server, user: User | None = None, **fields: Any) -> SSEClient:
    """A client that came once by HTTP+SSE, just now unless told otherwise."""
    now = timezone.now()
    usual = {"name": "old client", "first_used_at": now, "last_used_at": now, "connects": 1}
    return SSEClient.objects.create(server=server, user=user, **{**usual, **fields})


def attempt(*steps: str, minutes_ago: float = 0, **known: Any) -> ConnectionAttempt:
    """An attempt to connect from this machine that took these steps, each "step" or "step:reason"."""
    at = timezone.now() - timedelta(minutes=minutes_ago)
    for number, each in enumerate(steps):
        name, _, reason = each.partition(":")
        moment = at + timedelta(milliseconds=number)
        row = note_step(Noted(name, reason, at=moment, **{"address": "127.0.0.1", **known}))
    return row


def oauth_client(name: str = "", **fields: Any) -> OAuthClient:
    """A public client that returns to CALLBACK; give `client_secret` and `auth_method` for another."""
    secret = "client_secret" in fields
    made = {
        "name": name or f"Client {next(_numbers)}",
        "client_type": "confidential" if secret else "public",
        "authorization_grant_type": "authorization-code",
        "redirect_uris": CALLBACK,
    }
    return OAuthClient.objects.create(**{**made, **fields})


def client(name: str = "", **fields: Any) -> OAuthClient:
    """A public client that registered itself."""
    name = name or f"client{next(_numbers)}"
    return oauth_client(name, **{"client_id": name, "registration_source": "dcr", **fields})


def consent(user: User, client: OAuthClient, server: Any, **fields: Any) -> Consent:
    """That person's leave for that client on that server, with the usual scopes."""
    made = {"scopes": " ".join(DEFAULT), "redirect_uri": CALLBACK}
    return Consent.objects.create(
        user=user, client=client, server=server.public_id, **{**made, **fields}
    )


def grant(consent: Consent, **fields: Any) -> str:
    """A code that came of the consent, to be redeemed with VERIFIER; its plain text."""
    text = secrets.token_urlsafe(32)
    made = {
        "user": consent.user,
        "application": consent.client,
        "code": sha256(text),
        "expires": timezone.now() + timedelta(seconds=60),
        "redirect_uri": consent.redirect_uri,
        "scope": consent.scopes,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "resource": [f"urn:uuid:{consent.server}"],
    }
    get_grant_model().objects.create(**{**made, **fields})
    return text


def family(consent: Consent, *, text: str = "", days: float = 0.01) -> TokenFamily:
    """What a client got for a code: an access token, of this text if one is given, and a refresh token."""
    row = TokenFamily.objects.create(
        consent=consent,
        scopes=consent.scopes,
        code_digest=secrets.token_hex(32),
        code_challenge="c" * 43,
    )
    held = {"user": consent.user, "application": consent.client}
    resource = [f"urn:uuid:{consent.server}"]
    access = get_access_token_model()(
        expires=timezone.now() + timedelta(days=days),
        scope=consent.scopes,
        resource=resource,
        **held,
    )
    set_token_value(access, text or f"mcphub_{secrets.token_urlsafe(32)}")
    access.save()
    IssuedToken.objects.create(
        access_token=access,
        user=consent.user,
        name=str(consent.client)[:80],
        origin=IssuedToken.Origin.CONSENT,
        server=consent.server,
        family=row,
    )
    refresh = get_refresh_token_model()(
        access_token=access, token_family=row.public_id, resource=resource, **held
    )
    set_token_value(refresh, f"mcphub_refresh_{secrets.token_urlsafe(32)}")
    refresh.save()
    return row


def connected(consent: Consent, *, days: float = 0.01, text: str = "") -> str:
    """Tokens of a code that the client redeemed, and a code unused; the access token's plain text."""
    text = text or f"mcphub_{secrets.token_urlsafe(32)}"
    family(consent, text=text, days=days)
    grant(consent)
    return text


def ago(**span: float) -> datetime:
    """The moment so many minutes, hours or days before now."""
    return timezone.now() - timedelta(**span)
