"""Why a step of connecting failed: reason code -> what happened, why, and what to do about it. Pure.

One table, read by whoever notes a step (`accounts.oauth.steps`) and by the pages that show it. The
texts are for people: they name no server, client or value, since who reads may not know of them.
"""

from typing import NamedTuple

from accounts.models import Step


class Reason(NamedTuple):
    """One way to fail: at which step, in a sentence, why, and the fix for the person and the admin."""

    step: Step
    what: str
    why: str
    fix: str
    admin: str = ""


ADD_AGAIN = "In your client, remove this server and add it again."
TRY_AGAIN = "Start the connection again from your client."
ASK = "Ask an admin of this hub."

REASONS: dict[str, Reason] = {
    # --- 401 -----------------------------------------------------------------------------------
    "token_unknown": Reason(
        Step.CHALLENGE,
        "Your client showed a token that the hub does not know.",
        "It was mistyped, revoked, or issued by another hub.",
        f"{ADD_AGAIN} If you pasted a token, make a new one under My tokens.",
        "Revocations stand in the audit trail.",
    ),
    "token_malformed": Reason(
        Step.CHALLENGE,
        "Your client sent an Authorization header without a bearer token.",
        "The header must read “Authorization: Bearer TOKEN”; another scheme, or no token, was sent.",
        "Check the header in your client's settings.",
    ),
    "token_expired": Reason(
        Step.CHALLENGE,
        "Your client showed a token that has expired.",
        "Tokens end at their date. A client that signed in renews its own; a pasted token it cannot.",
        "Sign in again from your client, or make a new token under My tokens.",
    ),
    "token_elsewhere": Reason(
        Step.CHALLENGE,
        "Your client showed a token of another server.",
        "A token opens one server and no other, even on the same hub.",
        "Use a token made for this server, or let the client sign in to it by itself.",
    ),
    "person_disabled": Reason(
        Step.CHALLENGE,
        "The person whom the token belongs to is disabled.",
        "An admin has shut this account out.",
        ASK,
        "Enable the person under People, if that is right.",
    ),
    "never_asked": Reason(
        Step.CHALLENGE,
        "A client was told that it needs a token, and did not ask where to get one.",
        "It does not sign in by itself (OAuth), or it was given a fixed header.",
        "Make a token under My tokens and give it to the client as “Authorization: Bearer TOKEN”.",
        "If every client stops here, a proxy may not pass on /.well-known/: run manage.py doctor.",
    ),
    # --- discovery -----------------------------------------------------------------------------
    "metadata_unknown": Reason(
        Step.METADATA,
        "A client asked about a server that is not there.",
        "The address in the client is mistyped, or the server was renamed or removed.",
        "Copy the server's address from this hub's front page into your client.",
    ),
    "never_registered": Reason(
        Step.METADATA,
        "A client read how to sign in here, and then stopped.",
        "It wants something this hub does not offer, or refused what it read: strict clients compare "
        "the address you typed with the one the hub knows itself by, letter by letter.",
        "Copy the server's address from this hub's front page into your client, as it stands there.",
        "Run manage.py doctor with the address that people type: it compares as clients do.",
    ),
    # --- registration --------------------------------------------------------------------------
    "registration_closed": Reason(
        Step.REGISTRATION,
        "The client could not register itself.",
        "On this hub only admins add clients.",
        f"{ASK} They can add your client and give you its id.",
        "Add the client under Clients, or open registration in the client policy.",
    ),
    "registration_limited": Reason(
        Step.REGISTRATION,
        "Too many clients registered in a short time.",
        "The hub limits registrations for each address, and altogether.",
        "Wait a few minutes, then try again.",
        "If it goes on, look at what registers from this address.",
    ),
    "registration_host": Reason(
        Step.REGISTRATION,
        "The client returns to a host that is not allowed here.",
        "An admin has listed the hosts that clients may return to; this one is not among them.",
        ASK,
        "Add the host to the list in the client policy, if you trust it.",
    ),
    "registration_redirect": Reason(
        Step.REGISTRATION,
        "The client named an address to return to that no client may have.",
        "It must be https, or http on the person's own machine, without user name or fragment.",
        "Update the client, or report it to whoever makes it.",
    ),
    "registration_refused": Reason(
        Step.REGISTRATION,
        "The client's registration was refused.",
        "It asked for something the hub does not do, such as another kind of grant.",
        "Update the client, or report it to whoever makes it.",
        "An admin can add it by hand under Clients.",
    ),
    "document_unreadable": Reason(
        Step.REGISTRATION,
        "The document that says who the client is could not be read.",
        "The client is known by an address; the hub found nothing usable there, or could not reach it.",
        "Try again later, or report it to whoever makes the client.",
        "The hub needs a way out to https addresses, or switch client documents off in the policy.",
    ),
    "never_authorized": Reason(
        Step.REGISTRATION,
        "The client registered, but no browser came to sign in.",
        "The page to sign in did not open: no browser was there, or it was closed.",
        f"{TRY_AGAIN} If no page opens, copy the address it prints into a browser.",
    ),
    # --- authorization -------------------------------------------------------------------------
    "client_unknown": Reason(
        Step.AUTHORIZE,
        "The hub does not know this client.",
        "Its registration expired unused, was removed, or was made on another hub.",
        ADD_AGAIN,
    ),
    "client_blocked": Reason(
        Step.AUTHORIZE,
        "This client is blocked.",
        "An admin has refused it, for everybody.",
        ASK,
        "Let it in again under Clients, if that is right.",
    ),
    "client_waits": Reason(
        Step.AUTHORIZE,
        "This client waits for an admin to approve it.",
        "New clients need approval on this hub.",
        f"{ASK} Then connect again.",
        "Approve it under Clients.",
    ),
    "redirect_mismatch": Reason(
        Step.AUTHORIZE,
        "The client wants to return to an address it did not register.",
        "The address must be, letter by letter, one it registered; on this machine the port is free.",
        ADD_AGAIN,
    ),
    "pkce_missing": Reason(
        Step.AUTHORIZE,
        "The client left out the proof that protects its code (PKCE).",
        "The hub demands a code_challenge of 43 to 128 characters from every client.",
        "Update the client: every MCP client must send it.",
    ),
    "pkce_plain": Reason(
        Step.AUTHORIZE,
        "The client wants to prove itself in plain text (PKCE plain).",
        "The hub takes the method S256 alone.",
        "Update the client: every MCP client must use S256.",
    ),
    "scope_unknown": Reason(
        Step.AUTHORIZE,
        "The client asked for permissions that this hub does not have.",
        "None of the scopes it named is known here.",
        "Remove the scopes from your client's settings, and let it ask for what the hub offers.",
    ),
    "resource_unknown": Reason(
        Step.AUTHORIZE,
        "The client asked for a server that is not here for you.",
        "There is none at that address, or you may not use it.",
        f"Copy the server's address from this hub's front page. If it is not there: {ASK.lower()}",
        "Give the person's team access to the server, if that is right.",
    ),
    "resource_missing": Reason(
        Step.AUTHORIZE,
        "The client did not say which server it wants.",
        "It sent no resource, and nobody was there to choose a server for it.",
        "Update the client, or make a token under My tokens.",
    ),
    "denied": Reason(
        Step.AUTHORIZE,
        "You chose Deny.",
        "Nothing was given to the client.",
        f"If that was not what you wanted: {TRY_AGAIN.lower()}",
    ),
    "page_expired": Reason(
        Step.AUTHORIZE,
        "The page that asks for consent was too old, or had been answered already.",
        "It holds for some minutes, for one answer, and for who is signed in.",
        TRY_AGAIN,
    ),
    "left_open": Reason(
        Step.AUTHORIZE,
        "The page that asks for consent was shown, and never answered.",
        "The page was closed, or lies in another window.",
        f"{TRY_AGAIN} Then choose Allow or Deny.",
    ),
    "authorize_refused": Reason(
        Step.AUTHORIZE,
        "The client's request to connect was refused.",
        "It is not one that the hub understands.",
        "Update the client, or report it to whoever makes it.",
    ),
    # --- token ---------------------------------------------------------------------------------
    "never_redeemed": Reason(
        Step.ALLOWED,
        "You allowed the client, and it never came back for its token.",
        "The browser could not reach it: it was closed, gave up waiting, or its local port is blocked.",
        f"Keep the client open. {TRY_AGAIN}",
    ),
    "code_unknown": Reason(
        Step.TOKEN,
        "The client's code is not valid.",
        "Codes live a minute and for one use. This one is too old, was used, or is another client's.",
        TRY_AGAIN,
        "If it happens each time, the clocks of the client and a proxy between may be far apart.",
    ),
    "code_expired": Reason(
        Step.TOKEN,
        "The client came too late with its code.",
        "A code lives for a minute after you choose Allow.",
        TRY_AGAIN,
    ),
    "code_replayed": Reason(
        Step.TOKEN,
        "A code was used a second time.",
        "That is what a thief would do, so everything that came of the code was revoked.",
        f"{TRY_AGAIN} If you did not do this yourself, tell an admin.",
        "Look at where both requests came from.",
    ),
    "verifier_wrong": Reason(
        Step.TOKEN,
        "The client could not prove that it began this connection (PKCE).",
        "Its code_verifier does not fit: two connections got mixed up, or the code was stolen.",
        f"Close other windows of the client. {TRY_AGAIN}",
    ),
    "redirect_differs": Reason(
        Step.TOKEN,
        "The client named two different addresses to return to.",
        "The one it redeems its code with must be the one it began with.",
        "Update the client, or report it to whoever makes it.",
    ),
    "resource_differs": Reason(
        Step.TOKEN,
        "The client asked for a token of another server than you allowed.",
        "A token opens the one server that was on the consent page.",
        f"{ADD_AGAIN} Connect each server by itself.",
    ),
    "client_secret_wrong": Reason(
        Step.TOKEN,
        "The client could not prove who it is.",
        "Its id or secret is wrong, or its registration is gone.",
        ADD_AGAIN,
        "A client that you added by hand may need a new secret.",
    ),
    "consent_gone": Reason(
        Step.TOKEN,
        "This connection was revoked.",
        "You, or an admin, took back what the client was allowed.",
        f"If you want it back: {TRY_AGAIN.lower()}",
    ),
    "refresh_unknown": Reason(
        Step.TOKEN,
        "The client could not renew its token.",
        "What it renews with has expired, was revoked, or is another client's.",
        "Sign in again from your client.",
    ),
    "refresh_reused": Reason(
        Step.TOKEN,
        "A renewal was used twice, so the connection was ended.",
        "Each renewal works once; a second use means that two have it: two copies of a client, or a thief.",
        "Sign in again. Do not copy a client's saved tokens to another machine.",
        "Look at where both requests came from.",
    ),
    "token_refused": Reason(
        Step.TOKEN,
        "The client was refused a token.",
        "Its request is not one that the hub understands.",
        "Update the client, or report it to whoever makes it.",
    ),
    "token_limited": Reason(
        Step.TOKEN,
        "The client asked for tokens too often.",
        "The hub limits requests for each address.",
        "Wait a minute, then try again.",
    ),
    # --- first call ----------------------------------------------------------------------------
    "never_called": Reason(
        Step.TOKEN,
        "The client got its token and never used it.",
        "It was closed, or a proxy takes the Authorization header out of its calls.",
        "Open the client and look at the server's state there.",
        "Run manage.py doctor with the address that people type, and a token.",
    ),
    "scope_lacking": Reason(
        Step.CALL,
        "The client called something that you did not allow it.",
        "The token lacks the permission that this tool needs.",
        "Connect again and tick what is missing, or make a token that has it.",
    ),
    "unexplained": Reason(
        Step.CHALLENGE,
        "This step failed.",
        "The hub has noted no reason.",
        TRY_AGAIN,
    ),
}

LONGEST_CODE = 40

OF_ERRORS: dict[tuple[str, str], str] = {
    (Step.AUTHORIZE, "access_denied"): "denied",
    (Step.AUTHORIZE, "invalid_scope"): "scope_unknown",
    (Step.AUTHORIZE, "invalid_target"): "resource_unknown",
    (Step.AUTHORIZE, "invalid_client"): "client_unknown",
    (Step.AUTHORIZE, "invalid_client_id"): "client_unknown",
    (Step.AUTHORIZE, "unauthorized_client"): "client_blocked",
    (Step.REGISTRATION, "invalid_redirect_uri"): "registration_redirect",
    (Step.TOKEN, "invalid_grant"): "code_unknown",
    (Step.TOKEN, "invalid_client"): "client_secret_wrong",
    (Step.TOKEN, "invalid_target"): "resource_differs",
    (Step.TOKEN, "unauthorized_client"): "client_blocked",
}
"""Step and OAuth error -> the reason it most likely has, where nothing more is known."""
REFUSED = {
    Step.AUTHORIZE: "authorize_refused",
    Step.REGISTRATION: "registration_refused",
    Step.TOKEN: "token_refused",
}


def of_error(step: str, error: str) -> str:
    """Return the reason for an OAuth error at a step, where its cause is not known any better."""
    return OF_ERRORS.get((step, error)) or REFUSED.get(Step(step), "unexplained")


def explained(code: str) -> Reason:
    """Return what is known of a reason; codes of other versions of the hub are unexplained."""
    return REASONS.get(code, REASONS["unexplained"])
