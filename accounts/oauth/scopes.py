"""The hub's scopes, as django-oauth-toolkit asks for them."""

from accounts import scopes


class ScopesBackend:
    """Offers exactly the table in accounts/scopes.py.

    django-oauth-toolkit's own scopes (introspection, registration) are not in it: clients ask for
    every scope they see, so what is not theirs must not be seen.
    """

    def get_all_scopes(self) -> dict[str, str]:
        """Return each scope with what it means to a person."""
        return dict(scopes.SCOPES)

    def get_available_scopes(
        self, application: object = None, request: object = None, *args: object, **kwargs: object
    ) -> list[str]:
        """Return the scopes a client may ask for: all there are."""
        return list(scopes.SCOPES)

    def get_default_scopes(
        self, application: object = None, request: object = None, *args: object, **kwargs: object
    ) -> list[str]:
        """Return the scopes of a client that names none; never the destructive one."""
        return list(scopes.DEFAULT)
