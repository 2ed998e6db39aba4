"""Every write of this room: keyword-only, atomic, taking the acting user (None: command line).

Each checks, changes and records. Announcing to other processes' caches is done by
accounts/signals.py for every path a row can take, these services included.
"""

from accounts.services.announcing import announce_principals
from accounts.services.attempts import erase_attempt, note_step, sweep_attempts, write_noted
from accounts.services.clients import (
    approve_client,
    block_client,
    delete_client,
    unblock_client,
    update_client,
)
from accounts.services.connections import (
    Ended,
    revoke_client,
    revoke_connection,
    revoke_everything,
    revoke_person,
    revoke_server,
)
from accounts.services.consenting import Asked, allow_request, deny_request, keep_request
from accounts.services.expiry import expire_clients
from accounts.services.granting import grant_permissions, granted_names
from accounts.services.members import add_member, change_role, remove_member
from accounts.services.playing import mint_playground_token
from accounts.services.policies import set_client_policy
from accounts.services.registering import (
    Document,
    NewClient,
    add_client,
    know_document,
    register_client,
    renew_secret,
)
from accounts.services.sessions import end_sessions
from accounts.services.teams import create_team, delete_team, update_team
from accounts.services.tokens import Minted, check_scopes, mint_token, revoke_token
from accounts.services.users import (
    Person,
    create_user,
    delete_user,
    disable_user,
    enable_user,
    set_password,
    update_user,
)

__all__ = [
    "Asked",
    "Document",
    "Ended",
    "Minted",
    "NewClient",
    "Person",
    "add_client",
    "add_member",
    "allow_request",
    "announce_principals",
    "approve_client",
    "block_client",
    "change_role",
    "check_scopes",
    "create_team",
    "create_user",
    "delete_client",
    "delete_team",
    "delete_user",
    "deny_request",
    "disable_user",
    "enable_user",
    "end_sessions",
    "erase_attempt",
    "expire_clients",
    "grant_permissions",
    "granted_names",
    "keep_request",
    "know_document",
    "mint_playground_token",
    "mint_token",
    "note_step",
    "register_client",
    "remove_member",
    "renew_secret",
    "revoke_client",
    "revoke_connection",
    "revoke_everything",
    "revoke_person",
    "revoke_server",
    "revoke_token",
    "set_client_policy",
    "set_password",
    "sweep_attempts",
    "unblock_client",
    "update_client",
    "update_team",
    "update_user",
    "write_noted",
]
