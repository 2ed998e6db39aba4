"""This room's admin pages, one a file."""

from servers.admin.jobs import JobAdmin
from servers.admin.origins import AllowedOriginAdmin
from servers.admin.requests import AccessRequestAdmin
from servers.admin.rules import AccessRuleAdmin
from servers.admin.servers import ServerAdmin
from servers.admin.sessions import EndedSessionAdmin
from servers.admin.sse_clients import SSEClientAdmin
from servers.admin.stops import StopAdmin

__all__ = [
    "AccessRequestAdmin",
    "AccessRuleAdmin",
    "AllowedOriginAdmin",
    "EndedSessionAdmin",
    "JobAdmin",
    "SSEClientAdmin",
    "ServerAdmin",
    "StopAdmin",
]
