"""middleware.py: whom pages of other origins may ask, whose headers are believed, what an outage says."""

import re
from datetime import UTC, datetime

import pytest
from django.db import OperationalError

from monitoring import audit
from monitoring.errors import AuditFull
from monitoring.models import AuditSeal

HTTPS = {"x-forwarded-proto": "https"}
SECURE = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "secure"), [(["127.0.0.1/32"], True), (["192.0.2.0/24"], False)]
)
def test_only_a_trusted_proxy_says_that_a_request_came_over_tls(client, settings, proxies, secure):
    settings.TRUSTED_PROXIES = proxies
    settings.SECURE_PROXY_SSL_HEADER = SECURE
    settings.SECURE_HSTS_SECONDS = 60
    answer = client.get("/login/", headers=HTTPS)
    assert ("Strict-Transport-Security" in answer.headers) is secure


# --- pages of other origins -----------------------------------------------------------------------

ELSEWHERE = {"origin": "https://inspector.example.com"}
OPEN = ("/token", "/register", "/revoke")
CLOSED = (
    "/",
    "/authorize",
    "/login/",
    "/me/tokens/",
    "/admin/",
    "/token/",
    "/metrics",
    "/health/live",
)


def cors(answer):
    return {name.lower() for name in answer.headers if name.lower().startswith("access-control-")}


@pytest.mark.django_db
@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("verb", ["get", "post"])
def test_page_of_any_origin_may_read_what_no_cookie_opens(client, path, verb):
    answer = getattr(client, verb)(path, headers=ELSEWHERE)
    assert answer["access-control-allow-origin"] == "*"
    assert "www-authenticate" in answer["access-control-expose-headers"].lower()
    assert "access-control-allow-credentials" not in cors(answer)


@pytest.mark.stores
@pytest.mark.parametrize("path", OPEN)
def test_preflight_is_answered_without_a_look_at_the_database(client, path):
    asked = {
        **ELSEWHERE,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, content-type, mcp-protocol-version",
    }
    answer = client.options(path, headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["access-control-allow-origin"] == "*"
    allowed = answer["access-control-allow-headers"].lower().split(", ")
    assert set(allowed) == {"authorization", "content-type", "mcp-protocol-version"}
    assert {"GET", "POST"} <= set(answer["access-control-allow-methods"].split(", "))
    assert not answer.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("path", OPEN)
def test_refusal_of_a_foreign_host_is_no_secret_either(client, path):
    for verb in ("options", "get", "post"):
        answer = getattr(client, verb)(path, headers={**ELSEWHERE, "host": "evil.example"})
        assert answer.status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("verb", ["get", "post", "options"])
def test_no_other_page_may_be_read_from_elsewhere(client, path, verb):
    assert cors(getattr(client, verb)(path, headers=ELSEWHERE)) == set()


async def test_it_is_so_for_a_server_that_waits_for_answers(async_client, db):
    answer = await async_client.options("/token", headers=ELSEWHERE)
    assert answer.status_code == 204 and answer["access-control-allow-origin"] == "*"
    answer = await async_client.get("/token", headers=ELSEWHERE)
    assert answer["access-control-allow-origin"] == "*"
    refused = await async_client.options("/token", headers={**ELSEWHERE, "host": "evil.example"})
    assert refused.status_code == 400


# --- while the database is away --------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("secret words"), AuditFull("full")])
def test_page_that_the_database_fails_says_so_and_that_it_passes(client, monkeypatch, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr("servers.views.home.shelf", fail)
    answer = client.get("/?q=canary")
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "The hub cannot answer right now" in page and "secret words" not in page
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.django_db
def test_any_other_fault_stays_one(client, monkeypatch):
    monkeypatch.setattr("servers.views.home.shelf", lambda *args, **kwargs: 1 / 0)
    client.raise_request_exception = False
    assert client.get("/").status_code == 500


# --- the reader's time zone -----------------------------------------------------------------------


def moment_shown(client, zone=None):
    if zone is not None:
        client.cookies["mcphub_zone"] = zone
    audit.restart()
    AuditSeal.objects.all().delete()
    at = datetime(2026, 1, 2, 23, 30, tzinfo=UTC)
    AuditSeal.objects.create(at=at, heads="{}", mac="m", key_id="k", previous="p")
    page = client.get("/admin/monitoring/auditseal/").content.decode()
    return re.search(r"2026-01-0\d \d\d:30:00", page)[0]


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        (None, "2026-01-02 23:30:00"),
        ("Europe/Berlin", "2026-01-03 00:30:00"),
        ("America/New_York", "2026-01-02 18:30:00"),
        ("../../etc/passwd", "2026-01-02 23:30:00"),
        ("Europe", "2026-01-02 23:30:00"),
        ("No/Such", "2026-01-02 23:30:00"),
    ],
)
def test_moments_are_written_in_the_readers_time_zone(admin_client, zone, shown):
    assert moment_shown(admin_client, zone) == shown


def test_one_readers_time_zone_is_not_the_nexts(admin_client):
    moment_shown(admin_client, "Asia/Tokyo")
    del admin_client.cookies["mcphub_zone"]
    assert moment_shown(admin_client) == "2026-01-02 23:30:00"
