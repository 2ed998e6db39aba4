"""How clients become known: decided."""

import pytest

from accounts import services
from accounts.errors import InvalidFields
from accounts.models import ClientPolicy
from accounts.selectors import client_policy


def decide(**fields):
    decided = {"registration": "open", "redirect_hosts": "", "client_documents": True, **fields}
    return services.set_client_policy(actor=None, **decided)


def test_defaults_hold_before_anybody_decided(db):
    found = client_policy()
    assert (found.registration, found.hosts, found.client_documents) == ("open", frozenset(), True)
    assert not ClientPolicy.objects.exists()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("claude.ai\nCHATGPT.com \n\n claude.ai", "claude.ai\nchatgpt.com"),
        ("https://claude.ai/api/mcp/auth_callback", "claude.ai"),
        ("http://127.0.0.1:3000/ localhost [::1]", "127.0.0.1\nlocalhost\n[::1]"),
        ("cursor: com.example.app:", "cursor:\ncom.example.app:"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_hosts_are_kept_as_they_are_compared(db, written, kept):
    assert decide(registration="hosts", redirect_hosts=written).redirect_hosts == kept


@pytest.mark.parametrize(
    "written",
    ["", " ", "*.claude.ai", "claude.ai/path", "a..b", "http://evil.example/", "ex ample!"],
)
def test_hosts_that_are_none_are_refused(db, written):
    with pytest.raises(InvalidFields):
        decide(registration="hosts", redirect_hosts=written)


def test_hosts_are_bounded(db):
    with pytest.raises(InvalidFields, match="At most 200"):
        decide(redirect_hosts="\n".join(f"h{number}.example" for number in range(201)))


def test_way_that_there_is_not_is_refused(db):
    with pytest.raises(InvalidFields):
        decide(registration="anybody")
