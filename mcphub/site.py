"""The admin's site: who may enter it."""

from typing import Any

from unfold.sites import UnfoldAdminSite

from servers.roles import enters


class HubAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """Staff, and those who have work to do in the admin for a team of theirs."""

    def has_permission(self, request: Any) -> bool:
        """Tell whether this person may enter; each page asks for more."""
        return enters(request.user)


def may_enter(request: Any) -> dict[str, Any]:
    """Tell templates whether to lead to the admin; looked up only where one asks."""
    user = getattr(request, "user", None)  # a request that was refused early has none
    return {"enters_admin": lambda: user is not None and enters(user)}
