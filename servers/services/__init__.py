"""Every write of this room: keyword-only, atomic, taking the acting user (None: command line).

Each checks, changes, records, and announces last. Locks are taken in one order, so that no two
wait for each other crosswise: sources, then servers, then the catalog's number.
"""

from servers.services.asking import ask_for_access, decline_request, grant_request
from servers.services.entries import publish_entry, unpublish_entry, update_published_entry
from servers.services.origins import allow_origin, forget_origin
from servers.services.placing import move_published_entry
from servers.services.rules import add_rule, delete_rule, update_rule
from servers.services.servers import (
    delete_server,
    publish_server,
    set_server_enabled,
    update_server,
)
from servers.services.sources import publish_source, unpublish_source
from servers.services.stopping import lift, stop

__all__ = [
    "add_rule",
    "allow_origin",
    "ask_for_access",
    "decline_request",
    "delete_rule",
    "delete_server",
    "forget_origin",
    "grant_request",
    "lift",
    "move_published_entry",
    "publish_entry",
    "publish_server",
    "publish_source",
    "set_server_enabled",
    "stop",
    "unpublish_entry",
    "unpublish_source",
    "update_published_entry",
    "update_rule",
    "update_server",
]
