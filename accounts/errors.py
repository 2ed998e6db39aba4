"""What the services of this room refuse. Every message is a sentence that a person may read.

AccountsError
    NotAllowed        the acting user may not do this
    InvalidFields     a value does not fit its field
    InactiveUser      the person is disabled
    UnknownScope      a scope the hub does not have, or none at all
    BadLifetime       a token that would live too short or too long
    MadeAlready       an order for a token that was sent before
    ServerNotUsable   the person may not use that server, or there is none
    NotMember         the person is not in that team
    ClientRefused     a client may not become known in this way
    Gone              the client or person was deleted meanwhile
    OutboundError     an address that a stranger named was not fetched
        AddressRefused    nothing was connected to
        FetchFailed       it did not answer, or not with what is wanted
    Refused           an authorization request that gets no code

What /token and /revoke refuse is oauthlib's to answer: TokenRefused, in accounts/oauth/refusals.py.
"""

from accounts.models import OAuthClient
from accounts.oauth.answers import Back
from accounts.oauth.denials import Reason


class AccountsError(Exception):
    """Anything a service of this room refuses."""


class NotAllowed(AccountsError):
    """The acting user may not do this."""


class InvalidFields(AccountsError):
    """A value does not fit its field."""


class InactiveUser(AccountsError):
    """The person is disabled."""


class UnknownScope(AccountsError):
    """A scope the hub does not have, or none at all."""


class BadLifetime(AccountsError):
    """A token that would live too short or too long."""


class MadeAlready(AccountsError):
    """An order for a token that was sent before: it made one, whose text is not shown again."""


class ServerNotUsable(AccountsError):
    """The person may not use that server, or there is none; told alike, so that neither leaks."""


class NotMember(AccountsError):
    """The person is not in that team."""


class ClientRefused(AccountsError):
    """A client may not become known in this way; `reason` is how a person is told why."""

    def __init__(self, sentence: str, reason: Reason = Reason.CLIENT_UNKNOWN) -> None:
        super().__init__(sentence)
        self.reason = reason


class Gone(AccountsError):
    """The client or person was deleted meanwhile."""


class OutboundError(AccountsError):
    """An address that a stranger named was not fetched."""


class AddressRefused(OutboundError):
    """It is none that the hub ever connects to, and nothing was connected to."""


class FetchFailed(OutboundError):
    """It did not answer, or not with what is wanted."""


class Refused(AccountsError):
    """An authorization request that gets no code.

    Told to the client at `back`, once its redirect URI is verified, or to the person; then with the
    client, if it is known, and the host it wanted to return to.
    """

    def __init__(
        self,
        reason: Reason,
        back: Back | None = None,
        *,
        client: OAuthClient | None = None,
        host: str = "",
    ) -> None:
        super().__init__(reason.value)
        self.reason, self.back, self.client, self.host = reason, back, client, host
