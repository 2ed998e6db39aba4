"""This room's admin pages, one a file."""

from servers.admin.origins import AllowedOriginAdmin
from servers.admin.requests import AccessRequestAdmin
from servers.admin.rules import AccessRuleAdmin
from servers.admin.servers import ServerAdmin
from servers.admin.sessions import EndedSessionAdmin

__all__ = [
    "AccessRequestAdmin",
    "AccessRuleAdmin",
    "AllowedOriginAdmin",
    "EndedSessionAdmin",
    "ServerAdmin",
]
