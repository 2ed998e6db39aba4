"""/authorize (RFC 6749 section 3.1): a client asks, a person answers.

GET checks the request and shows the consent page, always: no parameter and no earlier consent skips it,
and nothing that GET is told gives anything. POST is the page's answer and names the page alone; what
was asked is read from where it was kept when the page was shown.
"""

import uuid
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import content_policy, services
from accounts.address import client_address, known_bases, public_base
from accounts.errors import Refused, ServerNotUsable
from accounts.forms import ConsentForm
from accounts.models import AuthorizationRequest, OAuthClient, Step
from accounts.oauth import engine, steps
from accounts.oauth.answers import Back, form_target
from accounts.oauth.authorization import fault_of, known_scopes
from accounts.oauth.denials import Reason
from accounts.oauth.directory import ServerFacts, directory
from accounts.oauth.parameters import Parameters, QueryTooLong, read_query
from accounts.oauth.reasons import explained
from accounts.oauth.resources import slug_of
from accounts.selectors import shown_request
from accounts.services.consenting import digest_of
from accounts.services.trailing import count_refused
from accounts.views.asking import asking_client, look_again
from accounts.views.consent_context import consent_context
from accounts.views.refusing import send_back, tell, told_at
from accounts.views.signed_in import SignedIn
from monitoring.errors import UNAVAILABLE

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    # A client's page that opened this one as a popup would lose it otherwise.
    "Cross-Origin-Opener-Policy": "unsafe-none",
}


@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: SignedIn) -> HttpResponse:
    """Show what a client asks for; on POST answer it."""
    try:
        response = _answer(request) if request.method == "POST" else _ask(request)
    except Refused as refused:
        reason, client = str(refused.reason), refused.client
        step = explained(reason).step
        steps.note(request, step, reason, client=client, user_id=request.user.pk)
        if refused.reason is not Reason.DENIED:  # which is an event of its own
            count_refused(reason, client_address(request))
        response = tell(refused, public_base(request))
    except UNAVAILABLE:
        response = tell(Refused(Reason.UNAVAILABLE), public_base(request))
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _ask(request: SignedIn) -> HttpResponse:
    """Check who asks and where it returns, have the person log in, then show the page.

    Nobody is sent to a client before they logged in: the hub is no open redirector (RFC 9700
    section 4.11.2).
    """
    try:
        said = read_query(request.META.get("QUERY_STRING", ""))
    except QueryTooLong:
        raise Refused(Reason.TOO_LONG) from None
    client = asking_client(request, said)
    back = engine.way_back(client, said)
    if not request.user.is_authenticated:
        steps.note(request, Step.AUTHORIZE, client=client)
        return redirect_to_login(request.get_full_path())
    with told_at(back, client):
        servers = directory().servers_for(request.user)
        asked = services.Asked(
            client=client,
            back=back,
            code_challenge=_judged(said).text("code_challenge"),
            scopes=known_scopes(said),
            server=_named(said, servers, known_bases(request)),
        )
        if not servers:
            raise Refused(Reason.NO_SERVER)
        key = request.session.session_key or ""
        shown = services.keep_request(actor=request.user, session_key=key, asked=asked)
        _note(request, Step.AUTHORIZE, client, shown.server)
        return _page(request, shown, servers)


@sensitive_variables("code")
def _answer(request: SignedIn) -> HttpResponse:
    """Allow or deny what the page showed, once."""
    shown = _shown(request)
    back = Back(shown.redirect_uri, shown.state)
    with told_at(back, shown.client):
        look_again(shown)
        if request.POST.get("decision") == "deny":
            services.deny_request(actor=request.user, shown=shown)
            raise Refused(Reason.DENIED)
        servers = directory().servers_for(request.user)
        form = ConsentForm(request.POST, servers=_offered(shown, servers))
        if not form.is_valid():
            return _page(request, shown, servers, form)
        try:
            code = services.allow_request(
                actor=request.user,
                shown=shown,
                server=form.chosen,
                scopes=form.cleaned_data["scopes"],
            )
        except ServerNotUsable:
            raise Refused(Reason.TARGET) from None
        _note(request, Step.ALLOWED, shown.client, form.chosen.public_id)
        return send_back(back.answer(public_base(request), code=code))


def _note(request: SignedIn, step: Step, client: OAuthClient, server: uuid.UUID | None) -> None:
    """Note for the connection doctor that a page was shown, or answered with Allow."""
    steps.note(request, step, client=client, server=server, user_id=request.user.pk)


def _judged(said: Parameters) -> Parameters:
    """Return a request there is nothing wrong with. Raises Refused."""
    reason = fault_of(said)
    if reason is not None:
        raise Refused(reason)
    return said


def _named(
    said: Parameters, servers: list[ServerFacts], bases: tuple[str, ...]
) -> ServerFacts | None:
    """Return the server a request names, or None if it names none. Raises Refused.

    One this person may not use is as unknown as one that is not there.
    """
    named = said.values.get("resource", ())
    if not named:
        return None
    slug = slug_of(said.text("resource"), bases)
    found = next((server for server in servers if server.slug == slug), None)
    if found is None:
        raise Refused(Reason.TARGET)
    return found


def _shown(request: SignedIn) -> AuthorizationRequest:
    """Return what the page that is sent back was shown for. Raises Refused."""
    try:
        page = uuid.UUID(request.POST.get("page", ""))
    except ValueError:
        page = None
    session = digest_of(request.session.session_key or "")
    known = page and request.user.is_authenticated
    shown = shown_request(request.user, session, page) if page and known else None
    if shown is None:
        raise Refused(Reason.PAGE_GONE)
    if shown.decided_at:
        raise Refused(Reason.DECIDED)
    return shown


def _offered(shown: AuthorizationRequest, servers: list[ServerFacts]) -> list[ServerFacts]:
    """Return the servers a page lets a person choose from. Raises Refused if its own is gone."""
    offered = [each for each in servers if shown.server in (None, each.public_id)]
    if not offered:
        raise Refused(Reason.TARGET)
    return offered


def _page(
    request: SignedIn,
    shown: AuthorizationRequest,
    servers: list[ServerFacts],
    form: ConsentForm | None = None,
) -> HttpResponse:
    """Show the page; its form may lead to where the client returns.

    Its own address, which holds what the client sent, is told to this hub alone: without any Referer
    browsers send no Origin either, and the form could not be checked (CSRF).
    """
    context: dict[str, Any] = consent_context(request, shown, _offered(shown, servers), form)
    response = render(request, "accounts/consent.html", context, status=422 if form else 200)
    response["Content-Security-Policy"] = content_policy.with_form_to(
        form_target(shown.redirect_uri)
    )
    response["Referrer-Policy"] = "same-origin"
    return response
