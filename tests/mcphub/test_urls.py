"""urls.py: the pages for what goes wrong."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.test import RequestFactory

from mcphub import urls


def test_unknown_address_says_where_to_go(client, db):
    response = client.get("/no/such/page")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


@pytest.mark.parametrize(
    ("handler", "error", "told"),
    [
        (urls.handler400, SuspiciousOperation("secret"), "did not understand"),
        (urls.handler403, PermissionDenied("secret"), "You may not open this page"),
    ],
)
def test_error_page_tells_no_detail(db, handler, error, told):
    page = handler(RequestFactory().get("/"), error).content.decode()
    assert told in page and "secret" not in page


def test_bug_is_told_without_database_or_session():
    response = urls.handler500(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "fault" in response.content.decode()
