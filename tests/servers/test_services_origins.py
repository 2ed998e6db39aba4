"""services about origins that browsers may call from."""

import pytest

from servers import services
from servers.errors import InvalidValue, NotAllowed
from servers.models import AllowedOrigin
from tests import make


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("https://Inspector.example.com/", "https://inspector.example.com"),
        ("https://x.example:443", "https://x.example"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:6274", "http://localhost:6274"),
        ("https://x.example:80", "https://x.example:80"),
    ],
)
def test_origin_is_kept_as_browsers_send_it(db, said, kept):
    assert services.allow_origin(actor=None, origin=said).origin == kept


def test_origin_is_allowed_once_and_forgotten(alice, recorded, announced):
    origin = services.allow_origin(actor=alice, origin="https://x.example")
    services.allow_origin(actor=alice, origin="https://x.example/")
    assert AllowedOrigin.objects.count() == 1
    services.forget_origin(actor=alice, origin=origin)
    services.forget_origin(actor=alice, origin=origin)
    assert recorded() == ["origin.allow", "origin.forget"]
    assert announced() == 2


@pytest.mark.parametrize("said", ["", "null", "*", "x.example", "https://x/path", "ftp://x"])
def test_what_is_no_origin_is_refused(db, said):
    with pytest.raises(InvalidValue):
        services.allow_origin(actor=None, origin=said)


def test_stranger_allows_and_forgets_no_origin(charlie):
    with pytest.raises(NotAllowed):
        services.allow_origin(actor=charlie, origin="https://x.example")
    origin = services.allow_origin(actor=None, origin="https://x.example")
    with pytest.raises(NotAllowed):
        services.forget_origin(actor=make.user(), origin=origin)
