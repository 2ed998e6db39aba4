"""The rows of this room."""

from accounts.models.attempt import AttemptStep, ConnectionAttempt, Step
from accounts.models.authorization import AuthorizationRequest
from accounts.models.client import OAuthClient
from accounts.models.consent import Consent, TokenFamily
from accounts.models.ended import EndedToken
from accounts.models.policy import ClientPolicy
from accounts.models.team import Membership, Team
from accounts.models.token import IssuedToken
from accounts.models.user import User

__all__ = [
    "AttemptStep",
    "AuthorizationRequest",
    "ClientPolicy",
    "ConnectionAttempt",
    "Consent",
    "EndedToken",
    "IssuedToken",
    "Membership",
    "OAuthClient",
    "Step",
    "Team",
    "TokenFamily",
    "User",
]
