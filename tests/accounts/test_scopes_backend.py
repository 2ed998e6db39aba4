"""oauth/scopes.py, as django-oauth-toolkit sees it."""

from oauth2_provider.scopes import get_scopes_backend

from accounts.oauth.scopes import ScopesBackend
from accounts.scopes import SCOPES


def test_toolkit_uses_it():
    assert isinstance(get_scopes_backend(), ScopesBackend)


def test_it_offers_what_the_hub_has_and_nothing_else():
    backend = ScopesBackend()
    assert backend.get_all_scopes() == SCOPES
    assert backend.get_available_scopes() == list(SCOPES)


def test_nothing_destructive_is_given_unasked():
    assert "mcp:destructive" not in ScopesBackend().get_default_scopes()
    assert set(ScopesBackend().get_default_scopes()) < set(SCOPES)
