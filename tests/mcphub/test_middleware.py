"""middleware.py: what browsers may load."""

import re
from pathlib import Path

import pytest
from django.conf import settings

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", ["/login/", "/no/such/page", "/logout/"])
def test_pages_are_strict(client, db, path):
    assert client.get(path)["Content-Security-Policy"] == STRICT


def test_admin_may_do_what_its_pages_need(client, alice):
    client.force_login(alice)
    policy = client.get("/admin/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval';" in policy
    assert "style-src 'self' 'unsafe-inline';" in policy
    assert policy.count("unsafe") == 2


def test_address_that_merely_begins_like_the_admin_is_strict(client, db):
    assert client.get("/administration/")["Content-Security-Policy"] == STRICT


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_has_no_inline_script_or_style(template):
    text = template.read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)
