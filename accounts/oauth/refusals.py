"""Why the token endpoint refuses: the one table of reasons, each with its error and its sentence.

The reason is ours, for the audit trail and the doctor; the error is the RFC's, for the client; the
sentence is for whoever reads the client's log. No sentence tells whether a code or token exists.
"""

from dataclasses import dataclass

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from accounts.models import OAuthClient
from accounts.oauth.asking import asking_of


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason, the error it is told as (RFC 6749 section 5.2, RFC 8707), and its sentence."""

    reason: str
    error: str
    sentence: str
    status: int = 400


_AGAIN = "Start again at the authorization endpoint."

BAD_REQUEST = Refusal(
    "bad_request", "invalid_request", "The request is not a form of this endpoint."
)
NOT_A_FORM = Refusal("not_a_form", "invalid_request", "Send application/x-www-form-urlencoded.")
TOO_LARGE = Refusal("too_large", "invalid_request", "The request is larger than 16 KiB.", 413)
REPEATED = Refusal("repeated", "invalid_request", "A parameter is given more than once.")
IN_QUERY = Refusal(
    "in_query", "invalid_request", "Parameters belong into the body, not the address."
)
NO_GRANT_TYPE = Refusal("no_grant_type", "invalid_request", "The parameter grant_type is missing.")
GRANT_TYPE = Refusal(
    "grant_type", "unsupported_grant_type", "grant_type is authorization_code or refresh_token."
)
TWO_METHODS = Refusal(
    "two_methods", "invalid_request", "Authenticate in the header or in the body, not in both."
)
NO_CLIENT = Refusal("no_client", "invalid_client", "The parameter client_id is missing.", 401)
CLIENT_UNKNOWN = Refusal(
    "client_unknown", "invalid_client", "No such client is registered here. Register again.", 401
)
CLIENT_METHOD = Refusal(
    "client_method", "invalid_client", "This client authenticates in another way.", 401
)
CLIENT_SECRET = Refusal("client_secret", "invalid_client", "The client secret is wrong.", 401)
CREDENTIALS = Refusal(
    "credentials", "invalid_client", "The Authorization header holds no client id and secret.", 401
)
CODE_UNKNOWN = Refusal(
    "code_unknown", "invalid_grant", f"The code is unknown, expired or used. {_AGAIN}"
)
CODE_REPLAYED = Refusal("code_replayed", "invalid_grant", CODE_UNKNOWN.sentence)
REDIRECT_DIFFERS = Refusal(
    "redirect_differs", "invalid_grant", "redirect_uri is not that of the authorization request."
)
VERIFIER = Refusal(
    "verifier", "invalid_grant", "code_verifier does not fit the code_challenge (RFC 7636)."
)
REFRESH_UNKNOWN = Refusal(
    "refresh_unknown", "invalid_grant", f"The refresh token is unknown or has ended. {_AGAIN}"
)
REFRESH_EXPIRED = Refusal("refresh_expired", "invalid_grant", REFRESH_UNKNOWN.sentence)
REFRESH_REUSED = Refusal("refresh_reused", "invalid_grant", REFRESH_UNKNOWN.sentence)
CONSENT_GONE = Refusal(
    "consent_gone", "invalid_grant", f"What this client was allowed was taken back. {_AGAIN}"
)
CLIENT_SHUT_OUT = Refusal(
    "client_shut_out", "invalid_grant", "This client is blocked, or waits for an admin's approval."
)
PERSON_SHUT_OUT = Refusal(
    "person_shut_out", "invalid_grant", "The person who allowed this may no longer use the hub."
)
SERVER_GONE = Refusal(
    "server_gone", "invalid_grant", "The server is gone, or the person may no longer use it."
)
WRONG_TARGET = Refusal(
    "wrong_target", "invalid_target", "resource is not the server that was allowed (RFC 8707)."
)
TWO_TARGETS = Refusal(
    "two_targets", "invalid_target", "A token is for one server: name one resource (RFC 8707)."
)


class TokenRefused(OAuth2Error):  # type: ignore[misc]
    """A refusal on its way to the client; oauthlib answers it, or the endpoint's door.

    `client` is the one that was named, where it is known and did not show that it is.
    """

    def __init__(
        self,
        refusal: Refusal,
        request: Request | None = None,
        client: OAuthClient | None = None,
    ) -> None:
        self.error = refusal.error
        self.refusal, self.client = refusal, client
        super().__init__(refusal.sentence, status_code=refusal.status, request=request)


def refused(request: Request, refusal: Refusal) -> TokenRefused:
    """Return the error to raise, and leave its reason with who asks."""
    if asking := asking_of(request):
        asking.reason = refusal.reason
    return TokenRefused(refusal, request)
