"""The rows of this room."""

from accounts.models.client import OAuthClient
from accounts.models.team import Membership, Team
from accounts.models.token import IssuedToken
from accounts.models.user import User

__all__ = ["IssuedToken", "Membership", "OAuthClient", "Team", "User"]
