"""Rows of the table: logging in and out, consent, and what is one's own."""

from tests.make import PASSWORD
from tests.pictures.table import Act, Page

TOO_OFTEN = 11
NEW = "a staple for batteries"


def _logs_in(username: str, password: str) -> tuple[Act, ...]:
    return (("#id_username", username), ("#id_password", password), "main button")


def _changes(old: str, new: str, again: str) -> tuple[Act, ...]:
    fields = ("#id_old_password", "#id_new_password1", "#id_new_password2")
    return (*zip(fields, (old, new, again), strict=True), "main button")


LOGIN = (
    Page("login", "/login/"),
    Page("login-client", "/login/?next={asks_claimed}"),
    Page("login-client-verified", "/login/?next={asks_verified}"),
    Page("login-wrong", "/login/", acts=_logs_in("somebody", "wrong")),
    Page("login-throttled", "/login/", acts=_logs_in("guessed", "x") * TOO_OFTEN, status=429),
    Page("login-not-allowed", "/login/?next=/admin/", "three"),
    Page("logout", "/logout/", "three"),
    Page("logout-done", "/logout/", "leaving", ("main button",)),
    Page("logout-anyone", "/logout/"),
)

CONSENT = (
    Page("consent-claimed", "{consent_claimed}", "three"),
    Page("consent-verified", "{consent_verified}", "three"),
    Page("consent-added", "{consent_added}", "three"),
    Page("consent-again", "{consent_again}", "three"),
    Page("consent-again-nothing", "{consent_again_nothing}", "three"),
    Page("consent-loses", "{consent_loses}", "three"),
    Page("consent-choose", "{consent_choose}", "three"),
    Page("consent-choose-thirty", "{consent_choose}", "thirty"),
    Page("consent-choose-found", "{consent_choose}", "thirty", (("#servers-filter", "tickets 1"),)),
    Page("consent-choose-again", "{consent_choose_again}", "three"),
    Page("consent-choose-one", "{consent_choose}", "single"),
    Page("consent-sixty-tools", "{consent_claimed}", "three", (".opens summary",)),
    Page("consent-destroy", "{consent_destroy}", "three"),
    Page("consent-app", "{consent_app}", "three"),
    Page("consent-app-sent", "{consent_app}", "three", ("[value=allow]",)),
    Page("consent-odd", "{consent_odd}", "many"),
    Page(
        "consent-nothing-ticked",
        "{consent_choose}",
        "three",
        ("#server-1", "#scope-1", "#scope-4", "[value=allow]"),
        status=422,
    ),
)

OWN = (
    Page("connections-none", "/me/connections/", "fresh"),
    Page("connections-one", "/me/connections/", "one"),
    Page("connections-twelve", "/me/connections/", "many"),
    Page("connection-end", "/me/connections/{connection}/revoke/", "many"),
    Page("connection-ended", "/me/connections/{ends}/revoke/", "ending", ("main button",)),
    Page("connections-end-all", "/me/connections/revoke/", "many"),
    Page("connections-end-none", "/me/connections/revoke/", "fresh"),
    Page("attempts", "/me/connections/attempts/", "three"),
    Page("attempts-none", "/me/connections/attempts/", "fresh"),
    Page("attempt", "/me/connections/attempts/{attempt}/", "three"),
    Page("connections-troubles", "/me/connections/", "three"),
    Page("tokens-none", "/me/tokens/", "fresh"),
    Page("tokens-no-server", "/me/tokens/", "nobody"),
    Page("tokens-some", "/me/tokens/", "many"),
    Page("tokens-minted", "/me/tokens/", "minting", (("#id_name", "laptop"), "main form button")),
    Page(
        "tokens-wrong",
        "/me/tokens/",
        "fresh",
        (
            ("#id_name", "laptop"),
            "#id_scopes_0",
            "#id_scopes_1",
            "#id_scopes_3",
            "main form button",
        ),
        status=422,
    ),
    Page("token-revoke", "/me/tokens/{token}/revoke/", "many"),
    Page("password", "/me/password/", "three"),
    Page("password-errors", "/me/password/", "three", _changes("wrong", "short", "else"), 422),
    Page("password-done", "/me/password/", "keeping", _changes(PASSWORD, NEW, NEW)),
    Page(
        "password-throttled", "/me/password/", "guessing", _changes("x", NEW, NEW) * TOO_OFTEN, 429
    ),
    Page("sessions-end", "/me/sessions/end/", "three"),
    Page("sessions-ended", "/me/sessions/end/", "going", ("#id_tokens_too", "main button")),
)

ROWS = (*LOGIN, *CONSENT, *OWN)
