"""/: the servers one may use, what they do, and those one may ask for."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.address import public_base
from accounts.models import User
from monitoring.asked import words
from servers.browsing import shelf

TOOLS = 20
"""Tools of each kind shown of a server; its own page shows more."""
LONGEST_QUERY = 100


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """List the servers I may use; without a log in, the public ones."""
    user = request.user if isinstance(request.user, User) else None
    query = words(request.GET.get("q", ""), LONGEST_QUERY)
    context = {
        "shelf": shelf(user, query=query, page=_number(request.GET.get("page", "")), tools=TOOLS),
        "query": query,
        "base": public_base(request),
    }
    return render(request, "servers/home.html", context)


def _number(text: str) -> int:
    """Return the page asked for; the first for what is no number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
