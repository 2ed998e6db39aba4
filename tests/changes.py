"""A process that changes rows when it is told to: the third one in tests of several processes.

`python -m tests.changes` reads a change a line and prints when it was committed, in seconds of the
machine's monotonic clock, which all its processes share. `tests/mcphub/test_two_processes.py` and
`make drill` use it.
"""

import sys
import time
from collections.abc import Callable

import django

django.setup()

from accounts import services as accounts  # noqa: E402
from accounts.models import ClientPolicy, Consent, IssuedToken, User  # noqa: E402
from accounts.oauth.directory import directory  # noqa: E402
from accounts.tokens import digest  # noqa: E402
from catalog import services as catalog  # noqa: E402
from catalog.models import Entry  # noqa: E402
from catalog.services.announcing import announce  # noqa: E402
from monitoring.recorded.editing import mask_name  # noqa: E402
from servers import services as servers  # noqa: E402
from servers.models import Server, Stop  # noqa: E402
from tests import make  # noqa: E402

STOP_REASON = "A drill."


def revoke(token: str) -> None:
    """Revoke a token, given its text."""
    issued = IssuedToken.objects.get(access_token__token_checksum=digest(token))
    accounts.revoke_token(actor=None, issued=issued)


def disable(tool: str) -> None:
    """Switch a tool off on every server."""
    catalog.set_entry_enabled(actor=None, entry=Entry.objects.get(name=tool), enabled=False)


def enable(tool: str) -> None:
    """Switch a tool on again."""
    catalog.set_entry_enabled(actor=None, entry=Entry.objects.get(name=tool), enabled=True)


def join(username: str) -> None:
    """Put a person, made if need be, into the team of demo-private."""
    user = User.objects.filter(username=username).first()
    if user is None:
        user = accounts.create_user(
            actor=None, person=accounts.Person(username=username), password=None
        )
    accounts.add_member(actor=None, team=_team(), user=user)


def leave(username: str) -> None:
    """Take a person out of the team again."""
    user = User.objects.get(username=username)
    accounts.remove_member(actor=None, team=_team(), user=user)


def deny(pattern: str) -> None:
    """Forbid the names of a pattern on demo-private, to everybody."""
    server = Server.objects.get(slug="demo-private")
    servers.add_rule(actor=None, server=server, effect="deny", pattern=pattern)


def grant(username: str) -> None:
    """Let a person ask for demo-private, and grant it."""
    server, user = Server.objects.get(slug="demo-private"), User.objects.get(username=username)
    servers.update_server(actor=None, server=server, discoverable=True)
    request = servers.ask_for_access(actor=user, server=server)
    servers.grant_request(actor=None, request=request)


def limit(calls: str) -> None:
    """Limit demo-private to so many calls a minute and burst ("1/20"), or not at all ("none")."""
    server = Server.objects.get(slug="demo-private")
    per_minute, _, burst = calls.partition("/")
    numbers = (None, None) if calls == "none" else (int(per_minute), int(burst))
    servers.update_server(actor=None, server=server, calls_per_minute=numbers[0], burst=numbers[1])


def record(what: str) -> None:
    """Have the server demo record so much of its calls: "nothing", "arguments" or "all"."""
    Server.objects.filter(slug="demo").update(recording=what)
    announce()


def mask(name: str) -> None:
    """Mask what bears this name, wherever calls are recorded."""
    mask_name(actor=None, name=name)


def register(who: str) -> None:
    """Let clients register as the client policy's word says: "open" or "closed"."""
    policy = ClientPolicy.objects.filter(pk=1).first() or ClientPolicy(pk=1)
    policy.registration = who
    policy.save()


def connect(words: str) -> None:
    """Let a new client act for a person on a server, by an access token with this text."""
    username, slug, token = words.split()
    user, server = User.objects.get(username=username), Server.objects.get(slug=slug)
    make.connected(make.consent(user, make.client(token[-8:]), server), text=token)


def disconnect(token: str) -> None:
    """End the connection that a token came of."""
    accounts.revoke_connection(actor=None, consent=_consent(token))


def end_client(token: str) -> None:
    """End all connections of a token's client."""
    accounts.revoke_client(actor=None, client=_consent(token).client)


def block_client(token: str) -> None:
    """Block a token's client."""
    accounts.block_client(actor=None, client=_consent(token).client)


def end_person(token: str) -> None:
    """End all connections of a token's person."""
    accounts.revoke_person(actor=None, user=_consent(token).user, tokens_too=True)


def shut_out(token: str) -> None:
    """Disable a token's person."""
    accounts.disable_user(actor=None, user=_consent(token).user)


def let_in(username: str) -> None:
    """Enable a person again, if they are disabled."""
    accounts.enable_user(actor=None, user=User.objects.get(username=username))


def end_server(token: str) -> None:
    """End all connections to a token's server."""
    (server,) = directory().by_public_ids([_consent(token).server]).values()
    accounts.revoke_server(actor=None, server=server, tokens_too=True)


def end_everything(_token: str) -> None:
    """End every connection and every token."""
    accounts.revoke_everything(actor=None, tokens_too=True)


def stop(words: str) -> None:
    """Stop everything, or what a token touches: "KIND TOKEN", where KIND may be entry:NAME."""
    kind, token = words.split()
    kind, _, name = kind.partition(":")
    consent = _consent(token)
    server = Server.objects.get(public_id=consent.server)
    entry = server.entries.get(exposed_name=name).entry if name else None
    targets = {
        "everything": None,
        "server": server,
        "source": server.entries.first().entry.source,  # type: ignore[union-attr]
        "entry": entry,
        "user": consent.user,
        "client": consent.client,
    }
    servers.stop(actor=None, target=targets[kind], reason=STOP_REASON)


def lift_all(_: str) -> None:
    """Lift every stop."""
    for each in Stop.objects.all():
        servers.lift(actor=None, stop=each)


ENDS = (disconnect, end_client, block_client, end_person, shut_out, end_server, end_everything)
"""Every way to take back the leave that a token goes by."""
CHANGES: dict[str, Callable[[str], None]] = {
    change.__name__: change
    for change in (
        revoke,
        disable,
        enable,
        join,
        leave,
        deny,
        grant,
        limit,
        record,
        mask,
        register,
        connect,
        let_in,
        stop,
        lift_all,
        *ENDS,
    )
}


def _consent(token: str) -> Consent:
    return Consent.objects.get(families__issued__access_token__token_checksum=digest(token))


def _team():  # type: ignore[no-untyped-def]
    return Server.objects.get(slug="demo-private").team


def main() -> None:
    """Make the changes that are asked for."""
    print("ready", flush=True)
    for line in sys.stdin:
        name, _, argument = line.strip().partition(" ")
        CHANGES[name](argument)
        print(time.monotonic(), flush=True)


if __name__ == "__main__":
    main()
