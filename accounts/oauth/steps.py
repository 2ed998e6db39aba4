"""Noting the steps of connecting: one line wherever a step is taken or refused.

    steps.note(request, Step.TOKEN, "code_replayed", client=client, server=server, user_id=user.pk)

A step that went well has no reason; the reasons are those of `accounts.oauth.reasons`, and an OAuth
error will do where nothing more is known. Noting never waits, never fails and touches no database, so
it may stand inside a transaction that is rolled back and on the event loop; what is noted is written
within a second or two. Never hand over what is secret, nor a value that a client made up: the reason
says it all.
"""

import uuid

from django.http import HttpRequest

from accounts.address import client_address
from accounts.caller import Caller
from accounts.models import OAuthClient, Step
from accounts.oauth.notebook import Notebook, Noted
from accounts.oauth.reasons import known

__all__ = [
    "Step",
    "note",
    "note_challenge",
    "note_first_call",
    "note_metadata",
    "note_origin",
    "note_refused_call",
    "notebook",
]

LONGEST_AGENT = 120
notebook = Notebook()


def note(
    request: HttpRequest,
    step: str,
    reason: str = "",
    *,
    client: OAuthClient | None = None,
    server: uuid.UUID | None = None,
    user_id: int | None = None,
    detail: str = "",
    token: str = "",
) -> None:
    """Note a step that a request took; `server` is the public id of a server that there is.

    `token` is the digest of what it showed, if that may be of a connection that was taken back.
    """
    notebook.note(
        Noted(
            step=str(step),
            reason=known(step, reason),
            detail=detail,
            address=client_address(request),
            user_agent=request.headers.get("User-Agent", "")[:LONGEST_AGENT],
            server=server,
            client_id=client.pk if client else None,
            user_id=user_id,
            token=token,
        )
    )


def note_challenge(
    address: str, user_agent: str, server: uuid.UUID | None, token: str | None
) -> None:
    """Note a 401; `token` is the digest of what was shown, empty if it was none, None for nothing."""
    notebook.note(
        Noted(
            step=Step.CHALLENGE.value,
            reason="token_malformed" if token == "" else "",
            address=address,
            user_agent=user_agent[:LONGEST_AGENT],
            server=server,
            token=token or "",
        )
    )


def note_metadata(
    address: str, user_agent: str, server: uuid.UUID | None, reason: str = ""
) -> None:
    """Note that a client read a server's metadata, or, without one, the hub's."""
    agent = user_agent[:LONGEST_AGENT]
    notebook.note(Noted(Step.METADATA.value, reason, "", address, agent, server))


def note_origin(address: str, user_agent: str, server: uuid.UUID | None, token: str | None) -> None:
    """Note that a web page was refused for its origin, with the digest of the token it showed, if any."""
    step, agent = Step.CALL if token else Step.CHALLENGE, user_agent[:LONGEST_AGENT]
    notebook.note(
        Noted(step.value, "origin_refused", "", address, agent, server, token=token or "")
    )


def note_first_call(reason: str, caller: Caller, address: str, user_agent: str) -> None:
    """Note how a call went before which none of its connection got through; a later one is no step."""
    notebook.note(_call(reason, caller, address, user_agent, caller.family))


def note_refused_call(reason: str, caller: Caller, address: str, user_agent: str) -> None:
    """Note that a caller with a valid token was refused what it called."""
    notebook.note(_call(reason, caller, address, user_agent))


def _call(
    reason: str, caller: Caller, address: str, user_agent: str, family: int | None = None
) -> Noted:
    """Return a call as a step."""
    return Noted(
        step=Step.CALL.value,
        reason=reason,
        address=address,
        user_agent=user_agent[:LONGEST_AGENT],
        server=caller.server,
        user_id=caller.user,
        client=caller.client,
        family=family,
    )
