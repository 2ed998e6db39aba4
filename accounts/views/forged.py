"""What is answered to a form that could not be checked against forgery (CSRF)."""

from django.http import HttpRequest, HttpResponse
from django.views.csrf import csrf_failure


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say so, with a page that nobody keeps: it stands at the form's own address, /authorize too."""
    response: HttpResponse = csrf_failure(request, reason)
    response["Cache-Control"] = "no-store"
    return response
