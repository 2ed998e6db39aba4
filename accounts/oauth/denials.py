"""Why an authorization request is not answered with a code, as one table. Pure.

Each row says it three times: `error` is the code of RFC 6749 section 4.1.2.1 (RFC 8707, RFC 9101),
`description` is for developers, in the characters that section allows, and the rest is for the person.
`teller` says who is told first: a client is told once its redirect URI is verified.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum


class Reason(StrEnum):
    """What went wrong."""

    TOO_LONG = "too_long"
    AMBIGUOUS = "ambiguous"
    CLIENT_MISSING = "client_missing"
    CLIENT_UNKNOWN = "client_unknown"
    CLIENT_BLOCKED = "client_blocked"
    CLIENT_WAITING = "client_waits"
    DOCUMENT = "document_unreadable"
    CLOSED = "registration_closed"
    HOST = "registration_host"
    LIMITED = "registration_limited"
    REDIRECT_MISSING = "redirect_missing"
    REDIRECT_MISMATCH = "redirect_mismatch"
    REDIRECT_UNFIT = "redirect_unfit"
    PAGE_GONE = "page_expired"
    DECIDED = "already_decided"
    NO_SERVER = "resource_missing"
    UNAVAILABLE = "unavailable"
    DOUBLED = "parameter_doubled"
    UNREADABLE = "parameter_unreadable"
    REQUEST_OBJECT = "request_object"
    REQUEST_URI = "request_uri"
    RESPONSE_TYPE_MISSING = "response_type_missing"
    RESPONSE_TYPE = "response_type"
    RESPONSE_MODE = "response_mode"
    PKCE_MISSING = "pkce_missing"
    PKCE_METHOD = "pkce_plain"
    PKCE_CHALLENGE = "pkce_challenge"
    SCOPE = "scope_unknown"
    TARGET = "resource_unknown"
    CLIENT_UNFIT = "client_unfit"
    DENIED = "denied"


class Teller(Enum):
    """Who hears of it."""

    PAGE = "the person, on a page; nobody is sent anywhere"
    PAGE_THEN_CLIENT = "the person, who is then offered the way back to the client"
    CLIENT = "the client, by a redirect; the person, where none is verified"


@dataclass(frozen=True, slots=True)
class Telling:
    """How a reason is told."""

    teller: Teller
    status: int
    error: str
    description: str
    title: str
    happened: str
    remedy: str


_AGAIN = "Start again in your client: remove the connection there and add it anew."
_MAKER = "Update your client. If that does not help, tell whoever makes it."

REASONS: dict[Reason, Telling] = {
    Reason.TOO_LONG: Telling(
        Teller.PAGE,
        400,
        "invalid_request",
        "The request is longer than any that is needed.",
        "This request is too long",
        "Your client asked for access with an address far longer than any connection needs,"
        " so it was not read.",
        "Start again in your client. If it happens again, tell whoever makes the client.",
    ),
    Reason.AMBIGUOUS: Telling(
        Teller.PAGE,
        400,
        "invalid_request",
        "client_id or redirect_uri is given more than once or is unreadable.",
        "This request contradicts itself",
        "It names its client, or the address to return to, twice or in characters that make"
        " no sense. Nobody can tell who is asking, so nothing was allowed.",
        "Close this page if you did not start a connection yourself. Otherwise start again"
        " in your client.",
    ),
    Reason.CLIENT_MISSING: Telling(
        Teller.PAGE,
        400,
        "invalid_request",
        "client_id is missing.",
        "No client is asking",
        "This is where clients ask for access, but the address was opened without saying"
        " which client asks.",
        "Add a server's address in your MCP client; it opens this page by itself.",
    ),
    Reason.CLIENT_UNKNOWN: Telling(
        Teller.PAGE,
        400,
        "invalid_client",
        "There is no client with this client_id.",
        "This hub does not know your client",
        "The client that sent you here is not registered with this hub. It may have been"
        " removed because it was not used, or it remembers another hub.",
        f"{_AGAIN} It then registers itself. If this hub takes only clients that an admin"
        " added, ask an admin.",
    ),
    Reason.CLIENT_BLOCKED: Telling(
        Teller.PAGE,
        403,
        "unauthorized_client",
        "An admin of this hub has blocked this client.",
        "This client is blocked",
        "An admin of this hub has blocked the client that sent you here. Nobody can connect it.",
        "Ask an admin of this hub why, or connect with another client.",
    ),
    Reason.CLIENT_WAITING: Telling(
        Teller.PAGE,
        403,
        "unauthorized_client",
        "This client waits for the approval of an admin.",
        "This client waits for approval",
        "On this hub an admin looks at each new client before anybody can connect it. This"
        " one has registered and waits.",
        "Ask an admin to approve it, then start again in your client.",
    ),
    Reason.DOCUMENT: Telling(
        Teller.PAGE,
        400,
        "invalid_client",
        "The document at this client_id cannot be had, or describes no client for this hub.",
        "This hub cannot find out who your client is",
        "The client that sent you here says who it is in a document on the web. The hub could not"
        " fetch it, or it describes no client that may connect here.",
        "Start again in your client in a minute. If it stays like this, tell whoever makes the"
        " client, or ask an admin whether this hub reaches the internet.",
    ),
    Reason.CLOSED: Telling(
        Teller.PAGE,
        403,
        "unauthorized_client",
        "Clients do not make themselves known to this hub; an admin adds them.",
        "This hub takes only clients that an admin added",
        "The client that sent you here is not one of them.",
        "Ask an admin of this hub to add your client, or connect with another one.",
    ),
    Reason.HOST: Telling(
        Teller.PAGE,
        403,
        "unauthorized_client",
        "The domain of this client, or where it returns to, is not listed at this hub.",
        "This client comes from a place that is not listed here",
        "An admin has listed where clients of this hub may come from and return to. The client"
        " that sent you here is from elsewhere.",
        "Ask an admin of this hub to list its domain, or connect with another client.",
    ),
    Reason.LIMITED: Telling(
        Teller.PAGE,
        429,
        "temporarily_unavailable",
        "Too many clients that this hub did not know came lately.",
        "Too many new clients",
        "So many clients that this hub did not know came lately, from where you are or from"
        " everywhere, that it looks at no further one for now.",
        "Wait ten minutes, then start again in your client.",
    ),
    Reason.REDIRECT_MISSING: Telling(
        Teller.PAGE,
        400,
        "invalid_request",
        "redirect_uri is missing.",
        "Your client does not say where to return",
        "A request for access must name the address to return to. This one names none, so"
        " you cannot be sent back.",
        _MAKER,
    ),
    Reason.REDIRECT_MISMATCH: Telling(
        Teller.PAGE,
        400,
        "invalid_request",
        "redirect_uri is not one that this client registered.",
        "This address is not one the client registered",
        "The address to return to is not one the client gave when it registered. Somebody"
        " may be trying to catch your access, so you are not sent there.",
        "Close this page if you did not start a connection yourself. Otherwise remove the"
        " connection in your client and add it anew, so that it registers its address.",
    ),
    Reason.REDIRECT_UNFIT: Telling(
        Teller.PAGE,
        400,
        "invalid_request",
        "redirect_uri has a fragment, or a query that holds parameters of the answer.",
        "The address to return to cannot be used",
        "It already holds parts of an answer, such as a code, which only this hub may add."
        " You are not sent there.",
        "Close this page if you did not start a connection yourself. Otherwise tell whoever"
        " makes the client.",
    ),
    Reason.PAGE_GONE: Telling(
        Teller.PAGE,
        400,
        "invalid_request",
        "The consent page is not known, has expired, gave way to newer ones, or is of another session.",
        "This page is no longer valid",
        "A request for access can be answered for ten minutes, by the person who opened it,"
        " until they log out. Of many open pages only the newest 20 can be answered. Nothing was"
        " allowed.",
        "Start again in your client: it opens a new page.",
    ),
    Reason.DECIDED: Telling(
        Teller.PAGE,
        409,
        "invalid_request",
        "The consent page was answered before.",
        "You have already answered this",
        "Each request for access is answered once. Your first answer counts; this one"
        " changed nothing.",
        "Look into your client: it may be connected. If it is not, it has not heard your answer, as"
        " after a double click: start again there, and press once.",
    ),
    Reason.NO_SERVER: Telling(
        Teller.PAGE_THEN_CLIENT,
        403,
        "access_denied",
        "The person may use no server of this hub.",
        "There is no server you may use yet",
        "Your client did not say which server it wants, and on this hub there is none that"
        " you may use. So there is nothing to allow.",
        "Ask an admin of this hub to add you to a team that has a server, then start again"
        " in your client.",
    ),
    Reason.UNAVAILABLE: Telling(
        Teller.CLIENT,
        503,
        "temporarily_unavailable",
        "The hub cannot reach its database. Try again in a minute.",
        "The hub cannot answer right now",
        "It cannot reach its database, so nothing could be checked and nothing was allowed.",
        "Wait a minute and start again in your client. If it stays like this, tell an admin.",
    ),
    Reason.DOUBLED: Telling(
        Teller.CLIENT,
        400,
        "invalid_request",
        "A parameter is given more than once.",
        "This request says something twice",
        "A part of the request is given more than once, so that it has no meaning.",
        _MAKER,
    ),
    Reason.UNREADABLE: Telling(
        Teller.CLIENT,
        400,
        "invalid_request",
        "A parameter is too long, is not UTF-8, or holds control characters.",
        "This request cannot be read",
        "A part of the request is far too long, or in characters that make no sense.",
        _MAKER,
    ),
    Reason.REQUEST_OBJECT: Telling(
        Teller.CLIENT,
        400,
        "request_not_supported",
        "Request objects (the parameter request) are not supported.",
        "Your client asks in a way this hub does not know",
        "It sent a signed request object, which this hub does not read.",
        "Set your client to ask with plain parameters.",
    ),
    Reason.REQUEST_URI: Telling(
        Teller.CLIENT,
        400,
        "request_uri_not_supported",
        "request_uri is not supported.",
        "Your client asks in a way this hub does not know",
        "It sent the address of a request object, which this hub does not fetch.",
        "Set your client to ask with plain parameters.",
    ),
    Reason.RESPONSE_TYPE_MISSING: Telling(
        Teller.CLIENT,
        400,
        "invalid_request",
        "response_type is missing.",
        "Your client does not say what it wants",
        "The request does not ask for a code, nor for anything else.",
        _MAKER,
    ),
    Reason.RESPONSE_TYPE: Telling(
        Teller.CLIENT,
        400,
        "unsupported_response_type",
        "The only response_type of this hub is code.",
        "Your client asks for something this hub does not give",
        "It wants a token in the address, which is not safe. This hub gives codes, which"
        " only the client can redeem.",
        _MAKER,
    ),
    Reason.RESPONSE_MODE: Telling(
        Teller.CLIENT,
        400,
        "invalid_request",
        "The only response_mode of this hub is query.",
        "Your client wants its answer in a way this hub does not give",
        "This hub answers in the query of the address to return to.",
        _MAKER,
    ),
    Reason.PKCE_MISSING: Telling(
        Teller.CLIENT,
        400,
        "invalid_request",
        "code_challenge is missing: this hub requires PKCE with S256. Update the client.",
        "Your client is too old for this hub",
        "It does not protect its code with PKCE, so that another program could steal it.",
        _MAKER,
    ),
    Reason.PKCE_METHOD: Telling(
        Teller.CLIENT,
        400,
        "invalid_request",
        "code_challenge_method must be S256; plain is not safe.",
        "Your client is too old for this hub",
        "It protects its code by a method (plain) that protects nothing.",
        _MAKER,
    ),
    Reason.PKCE_CHALLENGE: Telling(
        Teller.CLIENT,
        400,
        "invalid_request",
        "code_challenge must be 43 characters of base64url, as S256 makes them.",
        "Your client made a mistake",
        "What should protect its code (the PKCE challenge) is not a SHA-256.",
        _MAKER,
    ),
    Reason.SCOPE: Telling(
        Teller.CLIENT,
        400,
        "invalid_scope",
        "This hub knows none of the scopes asked for.",
        "Your client asks for something this hub does not have",
        "It asks for scopes, and this hub knows none of them.",
        "Remove the scopes from the settings of your client: the hub then offers its own.",
    ),
    Reason.TARGET: Telling(
        Teller.CLIENT,
        400,
        "invalid_target",
        "resource must be the address of one server of this hub that the person may use.",
        "There is no such server for you",
        "The client asks for a server that is not on this hub, or that you may not use.",
        "Check the server's address in your client. If it is right, ask an admin for access.",
    ),
    Reason.CLIENT_UNFIT: Telling(
        Teller.CLIENT,
        400,
        "unauthorized_client",
        "This client is not registered for authorization codes.",
        "This client is not made for people",
        "It was added for another purpose than to be connected by people.",
        "Ask an admin of this hub to add it for authorization codes.",
    ),
    Reason.DENIED: Telling(
        Teller.CLIENT,
        403,
        "access_denied",
        "The person said no.",
        "You said no",
        "You denied the client what it asked for.",
        "Start again in your client if you change your mind.",
    ),
}
