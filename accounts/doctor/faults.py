"""What can be wrong on the way in, seen from outside: code -> what, why, and the fix. Pure.

The step at which a fault was found is told beside it: a proxy that hangs hangs anywhere.
"""

from typing import NamedTuple


class Fault(NamedTuple):
    """One thing that can be wrong: in a sentence, why, and how it is put right."""

    what: str
    why: str
    fix: str


PUBLIC_URL = (
    "Set MCPHUB_PUBLIC_URL to the address people type, have the proxy pass on the Host header as it "
    "came, and restart the hub."
)
SCHEME = (
    "Set MCPHUB_PUBLIC_URL to the https address; have the proxy send X-Forwarded-Proto, and name it in "
    "MCPHUB_TRUSTED_PROXIES."
)
PASS_ON = "Have the proxy pass on everything under the hub's name, /.well-known/ too."

FAULTS: dict[str, Fault] = {
    # --- anywhere ------------------------------------------------------------------------------
    "dns_failed": Fault(
        "The name in the address is not known.",
        "DNS has no address for it, from here.",
        "Check the spelling, and that the name is in the DNS that clients ask.",
    ),
    "refused": Fault(
        "Nothing listens there.",
        "The connection was refused: the hub or the proxy in front of it is not running, or another port.",
        "Start the hub (manage.py hub), or correct the port.",
    ),
    "unreachable": Fault(
        "The address cannot be reached from here.",
        "The network has no way there.",
        "Check firewall, VPN and routing.",
    ),
    "timeout": Fault(
        "There was no answer in time.",
        "Something between here and the hub swallows the request, or the hub hangs.",
        "Ask the hub itself, past the proxy; look at /health/ready and at both logs.",
    ),
    "tls_certificate": Fault(
        "The certificate is not valid for this address.",
        "It has expired, names another host, or comes from an authority that nobody here trusts.",
        "Install a certificate for this name with its whole chain on whatever ends TLS.",
    ),
    "tls_failed": Fault(
        "There is no TLS at this address.",
        "What listens there speaks plain HTTP, or a TLS too old.",
        "Correct the scheme or the port, or switch TLS on in the proxy.",
    ),
    "not_http": Fault(
        "What answers there is not HTTP.",
        "Another service has this port, or the answer was cut off.",
        "Correct the port; look at the proxy's log.",
    ),
    "gateway_error": Fault(
        "The proxy could not reach the hub.",
        "It answered 502, 503 or 504 by itself, or passed on that the hub is down or draining.",
        "Start the hub, and point the proxy at its HOST and PORT; look at /health/ready.",
    ),
    "server_error": Fault(
        "The hub, or something in front of it, failed.",
        "It answered with a 5xx.",
        "Look at the hub's log; the answer may carry a reference.",
    ),
    "rate_limited": Fault(
        "Too many requests came from here.",
        "A limit of the hub or of the proxy was reached (429).",
        "Wait as long as Retry-After says, then try again.",
    ),
    "too_large": Fault(
        "The answer is larger than any that belongs there.",
        "Something else answers at this address.",
        "Correct the address.",
    ),
    # --- address -------------------------------------------------------------------------------
    "redirected": Fault(
        "This address sends clients on to another one.",
        "Clients do not carry a token over to where they are sent, and compare addresses as text.",
        "Give clients the address it leads to.",
    ),
    "redirect_loop": Fault(
        "This address sends clients round in circles.",
        "Two rules of the proxy, often http to https and back, contradict each other.",
        f"Remove one of the two redirects. {SCHEME}",
    ),
    "host_refused": Fault(
        "The hub does not answer to this name.",
        "It answers to the name in MCPHUB_PUBLIC_URL alone (without it, to the loopback names).",
        f"{PUBLIC_URL} Further names go into MCPHUB_EXTRA_HOSTS.",
    ),
    "wrong_path": Fault(
        "There is nothing at this path.",
        "A server of the hub is at /mcp/NAME, without a slash at the end.",
        "Copy the server's address from the hub's front page; have the proxy keep paths as they are.",
    ),
    "not_mcp": Fault(
        "What answers there is no MCP server.",
        "The address is that of a page, or of another service.",
        "Copy the server's address from the hub's front page.",
    ),
    "forbidden": Fault(
        "Something in front of the hub forbids the request.",
        "It answered 403 before any token was asked for: a firewall, or rules of the proxy.",
        "Let requests to /mcp/, /.well-known/ and the OAuth addresses through.",
    ),
    "plain_http": Fault(
        "This address has no TLS.",
        "Tokens cross the network readable, and many clients refuse http beyond the own machine.",
        "Put a proxy with TLS in front, and set MCPHUB_PUBLIC_URL to the https address.",
    ),
    "clock_skewed": Fault(
        "The hub's clock and the one here are more than a minute apart.",
        "Tokens and codes end by the hub's clock.",
        "Synchronise both with NTP.",
    ),
    # --- challenge -----------------------------------------------------------------------------
    "challenge_missing": Fault(
        "The 401 does not say how to log in.",
        "The WWW-Authenticate header is missing: a proxy took it out.",
        "Have the proxy pass on WWW-Authenticate (a rule that hides headers, or a page of its own for 401).",
    ),
    "challenge_foreign": Fault(
        "Something in front of the hub asks for a log-in of its own.",
        "The 401 asks for another scheme than Bearer: the proxy has its own password.",
        "Switch the proxy's own log-in off for the hub's addresses.",
    ),
    "pointer_missing": Fault(
        "The 401 does not say where the metadata is.",
        "Its WWW-Authenticate has no resource_metadata: a proxy rewrote it, or this is no hub.",
        "Have the proxy pass on WWW-Authenticate as it is.",
    ),
    "challenge_differs": Fault(
        "GET and POST are answered differently without a token.",
        "Some clients begin with GET, and do not learn how to log in.",
        "Have the proxy pass on GET as it does POST.",
    ),
    "scope_unnamed": Fault(
        "The 401 does not say which scopes to ask for.",
        "Clients then ask for all they find in the metadata.",
        "Nothing, for a hub; for others, name the scopes in the challenge.",
    ),
    # --- metadata ------------------------------------------------------------------------------
    "metadata_missing": Fault(
        "The metadata is not there.",
        "The address that the 401 names, or the one of the log-in service, is not passed on to the hub.",
        PASS_ON,
    ),
    "server_unknown": Fault(
        "The hub has no server at this address.",
        "Everything is in place but the server: it was renamed, switched off, or mistyped.",
        "Copy the server's address from the hub's front page.",
    ),
    "metadata_unreadable": Fault(
        "The metadata is no JSON object.",
        "A page of the proxy, or of another service, answers there.",
        PASS_ON,
    ),
    "scheme_differs": Fault(
        "The hub takes itself to be reached by another scheme than you typed.",
        "TLS ends at a proxy, and the hub does not know: clients compare the two addresses and refuse.",
        SCHEME,
    ),
    "host_differs": Fault(
        "The hub knows itself by another name or port than you typed.",
        "MCPHUB_PUBLIC_URL is not set, or is not this address, or a proxy rewrites the Host header.",
        PUBLIC_URL,
    ),
    "path_differs": Fault(
        "The hub knows this server at another path than you typed.",
        "A proxy serves the hub under a path of its own, which a hub cannot have.",
        "Give the hub a host name of its own, and serve it at the root.",
    ),
    "spelling_differs": Fault(
        "The address you typed is the server's, spelled otherwise.",
        "Strict clients compare the two as text.",
        "Give clients the address as the hub's front page shows it.",
    ),
    "no_authorization_server": Fault(
        "The metadata names no place to log in.",
        "It was changed on the way, or this is no hub.",
        PASS_ON,
    ),
    "issuer_differs": Fault(
        "The log-in service calls itself by another name than the server does.",
        "Clients compare `issuer` and `authorization_servers` letter by letter.",
        PUBLIC_URL,
    ),
    "endpoint_missing": Fault(
        "The log-in service leaves out an address that clients need.",
        "Its metadata was changed on the way, or this is no hub.",
        PASS_ON,
    ),
    "endpoint_scheme": Fault(
        "The addresses to log in at have another scheme than the hub.",
        "TLS ends at a proxy, and the hub does not know.",
        SCHEME,
    ),
    "endpoint_host": Fault(
        "The addresses to log in at are on another host than the hub.",
        "MCPHUB_PUBLIC_URL is wrong, or a proxy rewrites the Host header or the answer.",
        PUBLIC_URL,
    ),
    "s256_missing": Fault(
        "The log-in service does not say that it takes PKCE with S256.",
        "Clients must refuse to go on. The metadata was changed on the way, or this is no hub.",
        PASS_ON,
    ),
    "cors_missing": Fault(
        "Clients that run in a browser cannot read this answer.",
        "Its Access-Control-Allow-Origin is missing: a proxy takes it out, or answers OPTIONS by itself.",
        "Have the proxy pass on the Access-Control headers and OPTIONS requests.",
    ),
    "preflight_refused": Fault(
        "Clients that run in a browser may not send this request.",
        "The browser asks beforehand with OPTIONS, and something in front of the hub does not let it ask.",
        "Have the proxy pass on OPTIONS requests as they come, and what the hub answers to them.",
    ),
    # --- registration --------------------------------------------------------------------------
    "registration_closed": Fault(
        "Clients cannot register themselves here.",
        "The hub's client policy says that admins add clients by hand.",
        "Open registration in the client policy, or add clients by hand and give people the ids.",
    ),
    "registration_refused": Fault(
        "The registration was refused.",
        "The hub's client policy does not let in a client that returns to this machine.",
        "Look at the client policy, and at what the answer says.",
    ),
    "registration_unreadable": Fault(
        "The answer to the registration makes no sense.",
        "It is no JSON, or has no client_id: something else answered.",
        PASS_ON,
    ),
    "answer_storable": Fault(
        "An answer with secrets in it may be kept by caches.",
        "Its Cache-Control has no no-store: a proxy changed it.",
        "Have the proxy pass on Cache-Control, and cache nothing of the hub's.",
    ),
    # --- authorize -----------------------------------------------------------------------------
    "authorize_missing": Fault(
        "The page to log in is not there.",
        "The address that the metadata names is not passed on to the hub.",
        PASS_ON,
    ),
    "authorize_refused": Fault(
        "The hub refuses to let this client connect.",
        "The answer says why.",
        "Put right what it names; the hub's own notes are under Attempts to connect.",
    ),
    "client_waits": Fault(
        "The client waits for an admin to approve it.",
        "The hub's client policy wants it so: every new client stops here at first.",
        "Approve the client under Clients, or change the client policy.",
    ),
    "login_elsewhere": Fault(
        "The way to the log-in leaves the hub's address.",
        "A redirect names another scheme, host or port: the hub takes itself to be reached there.",
        f"{PUBLIC_URL} With TLS: {SCHEME}",
    ),
    "login_missing": Fault(
        "The hub does not ask who you are.",
        "The page that came instead has no field for a password: something else answered.",
        PASS_ON,
    ),
    "cookies_dropped": Fault(
        "The cookies of the log-in do not arrive.",
        "The answer sets none: a proxy takes out Set-Cookie, or caches the page.",
        "Have the proxy pass on Set-Cookie and Cookie, and cache nothing of the hub's.",
    ),
    "cookies_insecure": Fault(
        "Browsers drop the cookies of the log-in.",
        "They are for https alone (Secure), and this address is http.",
        "Use the https address; MCPHUB_PUBLIC_URL and what people type must have the same scheme.",
    ),
    "csrf_refused": Fault(
        "The hub takes the log-in form for a forged one.",
        "The origin of the form is not the hub's as the hub knows it, or its cookie got lost.",
        f"{PUBLIC_URL} With TLS: {SCHEME}",
    ),
    "login_refused": Fault(
        "The name and password do not fit.",
        "Or the person is disabled.",
        "Try the same at /login/ in a browser.",
    ),
    "consent_missing": Fault(
        "The page that asks for consent did not come.",
        "After the log-in there should be a form with Allow and Deny.",
        "Open the address in a browser and look at what it says.",
    ),
    "state_changed": Fault(
        "The way back carries another state than the client sent.",
        "Something rewrote the address.",
        "Have the proxy keep query strings and Location headers as they are.",
    ),
    "iss_differs": Fault(
        "The way back names another issuer than the metadata.",
        "Clients compare both letter by letter, and refuse the code.",
        PUBLIC_URL,
    ),
    "iss_missing": Fault(
        "The way back does not say which issuer it comes from.",
        "The metadata says that it always does: clients then refuse the code (RFC 9207 section 2.4).",
        "Have the proxy keep query strings and Location headers as they are.",
    ),
    "return_elsewhere": Fault(
        "The way back does not lead to the client.",
        "Something rewrote the Location header.",
        "Have the proxy keep Location headers as they are.",
    ),
    # --- token ---------------------------------------------------------------------------------
    "token_unreadable": Fault(
        "The token endpoint does not answer as one.",
        "What it sent is no JSON with an access_token or an error: something else answered.",
        PASS_ON,
    ),
    "token_refused": Fault(
        "The token was refused.",
        "The answer says why.",
        "The hub's own notes are under Attempts to connect.",
    ),
    "refresh_refused": Fault(
        "The token could not be renewed.",
        "Clients have to log in again each time it ends.",
        "The hub's own notes are under Attempts to connect.",
    ),
    # --- first call ----------------------------------------------------------------------------
    "authorization_stripped": Fault(
        "The token does not reach the hub.",
        "The 401 says that none was shown: a proxy takes out the Authorization header.",
        "Have the proxy pass on Authorization as it came.",
    ),
    "token_rejected": Fault(
        "The hub does not take the token.",
        "It is unknown, expired, revoked, or for another server.",
        "Make a new token for this very server.",
    ),
    "scope_lacking": Fault(
        "The token may not do this.",
        "It lacks a scope.",
        "Tick what is missing on the consent page, or make a token that has it.",
    ),
    "headers_stripped": Fault(
        "Headers of MCP do not reach the hub.",
        "A proxy takes out Mcp-Method, Mcp-Name or MCP-Protocol-Version.",
        "Have the proxy pass on all headers that begin with Mcp-.",
    ),
    "session_stripped": Fault(
        "The session's id does not reach the client.",
        "A proxy takes out Mcp-Session-Id: clients of 2025-11-25 and before cannot go on.",
        "Have the proxy pass on Mcp-Session-Id both ways.",
    ),
    "call_refused": Fault(
        "The server did not answer the call.",
        "It answered with an error.",
        "Look at what it says, and at the hub's log.",
    ),
    "streams_buffered": Fault(
        "Streams do not arrive as they are sent.",
        "A proxy gathers the answer before it passes it on, so notifications and progress come late.",
        "Switch buffering off for /mcp/ (nginx: proxy_buffering off), compression too.",
    ),
    "revocation_failed": Fault(
        "What the doctor was given could not be handed back.",
        "The revocation endpoint did not take it.",
        "Disconnect “mcphub doctor” under /me/connections/.",
    ),
}
