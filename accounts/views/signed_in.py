"""The request of somebody who is logged in, for views behind `login_required`."""

from django.http import HttpRequest

from accounts.models import User


class SignedIn(HttpRequest):
    """A request whose user is a person."""

    user: User
