"""Why a step of connecting failed: reason code -> what happened, why, and what to do about it. Pure.

One table, read by whoever notes a step (`accounts.oauth.steps`) and by the pages that show it. The
texts are for people: they name no server, client or value, since who reads may not know of them. What
happened and why is told to the person and to admins alike, so it speaks to neither.
"""

from typing import NamedTuple

from oauth2_provider.settings import oauth2_settings

from accounts.models import Step


class Reason(NamedTuple):
    """One way to fail: at which step, in a sentence, why, and the fix for the person and the admin."""

    step: Step
    what: str
    why: str
    fix: str
    admin: str = ""

    @property
    def label(self) -> str:
        """What tells it from every other, in a list of all."""
        return f"{self.step.label}: {self.why if self.what == MALFORMED else self.what}"


ADD_AGAIN = "In your client, remove this server and add it again."
TRY_AGAIN = "Start the connection again from your client."
ASK = "Ask an admin of this hub."

UPDATE = "Update the client, or report it to whoever makes it."
MALFORMED = "The client sent a request that the hub does not understand."
AWAY_DAYS = oauth2_settings.REFRESH_TOKEN_EXPIRE_SECONDS // 86_400


def _malformed(step: Step, why: str) -> Reason:
    """Return the reason for a request that no client should send."""
    return Reason(step, MALFORMED, why, UPDATE)


REASONS: dict[str, Reason] = {
    # --- 401 -----------------------------------------------------------------------------------
    "token_unknown": Reason(
        Step.CHALLENGE,
        "The client showed a token that the hub does not know.",
        "It was mistyped, revoked, or issued by another hub.",
        f"{ADD_AGAIN} If you pasted a token, make a new one under My tokens.",
        "Revocations stand in the audit trail.",
    ),
    "token_malformed": Reason(
        Step.CHALLENGE,
        "The client sent an Authorization header without a bearer token.",
        "The header must read “Authorization: Bearer TOKEN”; another scheme, or no token, was sent.",
        "Check the header in your client's settings.",
    ),
    "token_expired": Reason(
        Step.CHALLENGE,
        "The client showed a token that has expired.",
        "Tokens end at their date. A client that logged in renews its own; a pasted token it cannot.",
        "Log in again from your client, or make a new token under My tokens.",
    ),
    "token_elsewhere": Reason(
        Step.CHALLENGE,
        "The client showed a token of another server.",
        "A token opens one server and no other, even on the same hub.",
        "Use a token made for this server, or let the client log in to it by itself.",
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
        "It does not log in by itself (OAuth), or it was given a fixed header.",
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
        "A client read how to log in here, and then stopped.",
        "It wants something this hub does not offer, or refused what it read: strict clients compare "
        "the address that was typed with the one the hub knows itself by, letter by letter.",
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
        UPDATE,
    ),
    "registration_refused": Reason(
        Step.REGISTRATION,
        "The client's registration was refused.",
        "It asked for something the hub does not do, such as another kind of grant.",
        UPDATE,
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
        "The client registered, but no browser came to log in.",
        "The page to log in did not open: no browser was there, or it was closed.",
        f"{TRY_AGAIN} If no page opens, copy the address it prints into a browser.",
    ),
    # --- authorization -------------------------------------------------------------------------
    "login_refused": Reason(
        Step.AUTHORIZE,
        "The log-in on the way to the consent page failed.",
        "The name or the password was wrong, or the account is disabled.",
        f"{TRY_AGAIN} Then log in with the name and password of this hub.",
        "Set a new password under People, if the person has lost theirs.",
    ),
    "login_limited": Reason(
        Step.AUTHORIZE,
        "The log-in on the way to the consent page was tried too often.",
        "After some failures the hub takes no password for a name, or from an address, for a while.",
        "Wait five minutes, then log in again.",
        "If it goes on, look at what guesses passwords from this address.",
    ),
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
        "The hub demands a code_challenge of S256 from every client: 43 characters.",
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
        "The client asked for a server that is not here for this person.",
        "There is none at that address, or this person may not use it.",
        f"Copy the server's address from this hub's front page. If it is not there: {ASK.lower()}",
        "Give the person's team access to the server, if that is right.",
    ),
    "resource_missing": Reason(
        Step.AUTHORIZE,
        "There is no server that the client could be connected to.",
        "This person may use none on this hub.",
        ASK,
        "Put the person into a team that has a server.",
    ),
    "denied": Reason(
        Step.AUTHORIZE,
        "Deny was chosen on the consent page.",
        "Nothing was given to the client.",
        f"If that was not what you wanted: {TRY_AGAIN.lower()}",
    ),
    "page_expired": Reason(
        Step.AUTHORIZE,
        "The page that asks for consent was too old, or had been answered already.",
        "It holds for some minutes, for one answer, and for who is logged in.",
        TRY_AGAIN,
    ),
    "left_open": Reason(
        Step.AUTHORIZE,
        "The page to log in and to allow the client was opened, and never answered.",
        "It was closed, or lies in another window.",
        f"{TRY_AGAIN} Then log in, and choose Allow or Deny.",
    ),
    "already_decided": Reason(
        Step.AUTHORIZE,
        "This consent page had been answered before.",
        "Each page is good for one answer.",
        TRY_AGAIN,
    ),
    "client_missing": _malformed(Step.AUTHORIZE, "It does not say which client it is."),
    "client_unfit": _malformed(Step.AUTHORIZE, "This client may not ask for codes."),
    "redirect_missing": _malformed(Step.AUTHORIZE, "It does not say where to return to."),
    "redirect_unfit": Reason(
        Step.AUTHORIZE,
        "The client wants to return to an address that no client may have.",
        "It must be https, or http on the person's own machine, or a scheme that admins allow.",
        UPDATE,
        "Private schemes are allowed by a setting.",
    ),
    "response_type": _malformed(Step.AUTHORIZE, "The hub gives codes, and nothing else."),
    "response_type_missing": _malformed(Step.AUTHORIZE, "It does not ask for a code."),
    "response_mode": _malformed(Step.AUTHORIZE, "The hub answers in the query alone."),
    "request_object": _malformed(Step.AUTHORIZE, "The hub takes no request objects."),
    "request_uri": _malformed(Step.AUTHORIZE, "The hub fetches no request objects (request_uri)."),
    "parameter_doubled": _malformed(Step.AUTHORIZE, "A parameter is given more than once."),
    "parameter_unreadable": _malformed(Step.AUTHORIZE, "A parameter cannot be read."),
    "ambiguous": _malformed(Step.AUTHORIZE, "A parameter that decides is given more than once."),
    "too_long": _malformed(Step.AUTHORIZE, "It is longer than any client needs."),
    "pkce_challenge": _malformed(
        Step.AUTHORIZE, "Its code_challenge is not one of S256: 43 characters (RFC 7636)."
    ),
    "unavailable": Reason(
        Step.AUTHORIZE,
        "The hub could not write what was to be kept.",
        "Its database was away for a moment, or the audit trail took no record.",
        TRY_AGAIN,
        "Look at /health/ready and at the log.",
    ),
    "authorize_refused": Reason(
        Step.AUTHORIZE,
        "The client's request to connect was refused.",
        "It is not one that the hub understands.",
        UPDATE,
    ),
    # --- token ---------------------------------------------------------------------------------
    "never_redeemed": Reason(
        Step.ALLOWED,
        "The client was allowed, and never came back for its token.",
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
    "code_replayed": Reason(
        Step.TOKEN,
        "A code was used a second time.",
        "That is what a thief would do, so everything that came of the code was revoked.",
        f"{TRY_AGAIN} If you did not do this yourself, tell an admin.",
        "Look at where both requests came from.",
    ),
    "verifier": Reason(
        Step.TOKEN,
        "The client could not prove that it began this connection (PKCE).",
        "Its code_verifier does not fit: two connections got mixed up, or the code was stolen.",
        f"Close other windows of the client. {TRY_AGAIN}",
    ),
    "redirect_differs": Reason(
        Step.TOKEN,
        "The client named two different addresses to return to.",
        "The one it redeems its code with must be the one it began with.",
        UPDATE,
    ),
    "wrong_target": Reason(
        Step.TOKEN,
        "The client asked for a token of another server than it was allowed.",
        "A token opens the one server that was on the consent page.",
        f"{ADD_AGAIN} Connect each server by itself.",
    ),
    "client_secret": Reason(
        Step.TOKEN,
        "The client could not prove who it is.",
        "Its id or secret is wrong, or its registration is gone.",
        ADD_AGAIN,
        "A client that you added by hand may need a new secret.",
    ),
    "consent_gone": Reason(
        Step.TOKEN,
        "This connection was revoked.",
        "The person who had allowed it, or an admin, has disconnected the client since.",
        f"If you want it back: {TRY_AGAIN.lower()}",
    ),
    "refresh_unknown": Reason(
        Step.TOKEN,
        "The client could not renew its token.",
        "What it renews with has expired, was revoked, or is another client's.",
        "Log in again from your client.",
    ),
    "refresh_reused": Reason(
        Step.TOKEN,
        "A renewal was used twice, so the connection was ended.",
        "Each renewal works once; a second use means that two have it: two copies of a client, or a thief.",
        "Log in again. Do not copy a client's saved tokens to another machine.",
        "Look at where both requests came from.",
    ),
    "refresh_expired": Reason(
        Step.TOKEN,
        "The client was away for too long to renew its token.",
        f"What it renews with ends when it is not used for {AWAY_DAYS} days.",
        "Log in again from your client.",
    ),
    "client_shut_out": Reason(
        Step.TOKEN,
        "The client is blocked, or waits for an admin to approve it.",
        "An admin has refused it since, or has not yet let it in.",
        ASK,
        "Approve it, or let it in again, under Clients.",
    ),
    "person_shut_out": Reason(
        Step.TOKEN,
        "The person who allowed this is disabled.",
        "An admin has shut this account out.",
        ASK,
        "Enable the person under People, if that is right.",
    ),
    "server_gone": Reason(
        Step.TOKEN,
        "The server is gone, or this person may no longer use it.",
        "It was switched off or removed, or their access to it was taken back.",
        ASK,
        "Look at the server, and at its access rules.",
    ),
    "two_targets": Reason(
        Step.TOKEN,
        "The client asked for a token for several servers at once.",
        "A token opens one server.",
        f"{ADD_AGAIN} Connect each server by itself.",
    ),
    "client_method": Reason(
        Step.TOKEN,
        "The client proves who it is in another way than it registered.",
        "A client with a secret must send it, in the way it said; one without must not.",
        ADD_AGAIN,
        "Compare how the client was added with what it sends.",
    ),
    "credentials": _malformed(Step.TOKEN, "Its Authorization header holds no id and secret."),
    "two_methods": _malformed(Step.TOKEN, "It proves who it is in two ways at once."),
    "no_client": _malformed(Step.TOKEN, "It does not say which client it is."),
    "grant_type": _malformed(Step.TOKEN, "The hub takes codes and refresh tokens alone."),
    "no_grant_type": _malformed(Step.TOKEN, "It does not say what it shows."),
    "bad_request": _malformed(Step.TOKEN, "Its form cannot be read."),
    "not_a_form": _malformed(Step.TOKEN, "It is no form (application/x-www-form-urlencoded)."),
    "too_large": _malformed(Step.TOKEN, "It is larger than 16 KiB."),
    "repeated": _malformed(Step.TOKEN, "A parameter is given more than once."),
    "in_query": _malformed(Step.TOKEN, "Its parameters stand in the address, not in the body."),
    "token_refused": Reason(
        Step.TOKEN,
        "The client was refused a token.",
        "Its request is not one that the hub understands.",
        UPDATE,
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
        "The client called something that it was not allowed.",
        "The token lacks the permission that this tool needs.",
        "Connect again and tick what is missing, or make a token that has it.",
    ),
    "origin_refused": Reason(
        Step.CALL,
        "A web page called the server, and was refused for where it is from.",
        "Pages of other sites may speak to the hub only from origins that an admin has listed.",
        f"{ASK} They can list the origin of the page, which is the beginning of its address.",
        "List the page's origin under Origins, if you trust it.",
    ),
    "version_unknown": Reason(
        Step.CALL,
        "The client speaks a revision of MCP that the hub does not.",
        "The MCP-Protocol-Version of its call is none that the hub knows.",
        UPDATE,
    ),
    "headers_differ": Reason(
        Step.CALL,
        "The headers of the client's call say something else than its message.",
        "MCP-Protocol-Version, Mcp-Method and Mcp-Name must be there, and repeat what the message says.",
        UPDATE,
        "A proxy may drop or change these headers.",
    ),
    "ability_missing": Reason(
        Step.CALL,
        "The client called what it has not the abilities for.",
        "It did not say that it can do what this needs, such as asking its person.",
        UPDATE,
    ),
    "not_acceptable": Reason(
        Step.CALL,
        "The client takes no answer that the hub can give.",
        "Its Accept header must admit application/json or text/event-stream.",
        UPDATE,
    ),
    "not_json": Reason(
        Step.CALL,
        "The client's call is no JSON.",
        "Its Content-Type must be application/json, and its body must be that.",
        UPDATE,
    ),
    "call_too_large": Reason(
        Step.CALL,
        "The client's call is too large.",
        "The hub takes 4 MiB at once.",
        "Have the client send less in one call.",
    ),
    "not_a_call": Reason(
        Step.CALL,
        "The client's call belongs to nothing.",
        "It is no message of MCP, or names no session where it must: those begin with initialize.",
        UPDATE,
    ),
    "session_over": Reason(
        Step.CALL,
        "The client's session is over, or there is nothing at the address it called.",
        "It goes on with a session that it began before, or appended something to the address.",
        "Restart the client, so that it begins anew.",
    ),
    "verb_unknown": Reason(
        Step.CALL,
        "The client did not call with POST.",
        "Calls are posted; GET and DELETE are for sessions that there are.",
        UPDATE,
    ),
    "method_unknown": Reason(
        Step.CALL,
        "The client asked for something that the server does not do.",
        "The method of its message is none of the revision that it speaks.",
        UPDATE,
    ),
    "params_unfit": Reason(
        Step.CALL,
        "The client called something that is not there, or with values that do not fit.",
        "No tool, resource or prompt of that name is there for this person, or its arguments are wrong.",
        "Have the client read the list of tools again.",
        "Look at the server, and at its access rules.",
    ),
    "call_limited": Reason(
        Step.CALL,
        "The client called too often, or holds too many streams.",
        "The server's limits are used up.",
        "Wait a moment. Close other windows of the client.",
        "The limits are on the server's page.",
    ),
    "call_stopped": Reason(
        Step.CALL,
        "An administrator has stopped what the client called.",
        "Nothing is run until they lift the stop.",
        ASK,
        "Lift the stop, if its reason is gone.",
    ),
    "hub_busy": Reason(
        Step.CALL,
        "The hub could not take the call at that moment.",
        "It was overloaded or restarting, or its database was away.",
        "Try again in a moment.",
        "Look at /health/ready and at the log.",
    ),
    "server_error": Reason(
        Step.CALL,
        "The hub failed while it answered the call.",
        "That is a fault of the hub's own; nothing is wrong with the client.",
        ASK,
        "The log has it, as an internal error with a reference.",
    ),
    "call_refused": Reason(
        Step.CALL,
        "The client's call was refused.",
        "It is not one that the hub understands.",
        UPDATE,
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
    (Step.TOKEN, "invalid_client"): "client_secret",
    (Step.TOKEN, "invalid_target"): "wrong_target",
    (Step.TOKEN, "unauthorized_client"): "client_blocked",
}
"""Step and OAuth error -> the reason it most likely has, where nothing more is known."""
REFUSED = {
    Step.AUTHORIZE: "authorize_refused",
    Step.REGISTRATION: "registration_refused",
    Step.TOKEN: "token_refused",
    Step.CALL: "call_refused",
}


def known(step: str, reason: str) -> str:
    """Return a reason that is in the table: this one, or what an OAuth error most likely means."""
    if not reason or reason in REASONS:
        return reason
    return OF_ERRORS.get((step, reason)) or REFUSED.get(Step(step), "unexplained")


def explained(code: str) -> Reason:
    """Return what is known of a reason; codes of other versions of the hub are unexplained."""
    return REASONS.get(code, REASONS["unexplained"])
