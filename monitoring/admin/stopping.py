"""From a person, a client or a source to the page that stops it, which a room above has: linked by name."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import action

PAGE = "admin:servers_stop_add"
ADD_STOP = "servers.add_stop"


def permitted(page: Any, request: Any, obj: Any = None) -> bool:
    """Tell whether the page may be for this person; a page's `has_stop_permission`."""
    return bool(request.user.has_perm(ADD_STOP))


def leading_to(kind: str) -> Any:
    """Return the act of a row's page that leads to where it is stopped, and why is asked."""

    @action(description="Stop…", url_path="stop", icon="front_hand", permissions=("stop",))
    def stop(page: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse(PAGE, query={"kind": kind, kind: object_id}))

    return stop
