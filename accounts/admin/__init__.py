"""This room's admin pages, one a file."""

from accounts.admin import hidden
from accounts.admin.attempts import ConnectionAttemptAdmin
from accounts.admin.clients import OAuthClientAdmin
from accounts.admin.connections import ConsentAdmin
from accounts.admin.people import UserAdmin
from accounts.admin.teams import TeamAdmin
from accounts.admin.tokens import IssuedTokenAdmin

__all__ = [
    "ConnectionAttemptAdmin",
    "ConsentAdmin",
    "IssuedTokenAdmin",
    "OAuthClientAdmin",
    "TeamAdmin",
    "UserAdmin",
    "hidden",
]
