import json

import pytest
from django.http import Http404

from monitoring import health, views
from monitoring.health import Health


@pytest.fixture
def probes(monkeypatch):
    monkeypatch.setattr(health, "_probes", {})
    return health.register


def test_live_asks_nothing(rf, probes):
    probes("database", lambda: Health(False, ""), critical=True)
    answer = views.live(rf.get("/health/live"))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize(
    ("ok", "critical", "status", "code"),
    [(True, True, "ok", 200), (False, True, "down", 503), (False, False, "degraded", 200)],
)
def test_ready_tells_the_status(rf, probes, ok, critical, status, code):
    probes("thing", lambda: Health(ok, "why"), critical=critical)
    answer = views.ready(rf.get("/health/ready"))
    assert answer.status_code == code
    assert json.loads(answer.content) == {
        "status": status,
        "probes": {"thing": {"ok": ok, "detail": "why"}},
    }


def test_draining_is_503(rf, probes):
    health.set_draining(True)
    assert views.ready(rf.get("/health/ready")).status_code == 503


def test_only_reading_is_allowed(rf):
    assert views.live(rf.post("/health/live")).status_code == 405


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_sees_the_metrics(rf, address):
    host = "[::1]:8000" if address == "::1" else "127.0.0.1:8000"
    answer = views.metrics(rf.get("/metrics", REMOTE_ADDR=address, HTTP_HOST=host))
    assert b"mcphub_streams_open" in answer.content


@pytest.mark.parametrize(
    "meta",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": "::ffff:192.0.2.7", "HTTP_HOST": "127.0.0.1"},
        {"REMOTE_ADDR": ""},
        {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_X_FORWARDED_FOR": "192.0.2.7",
        },
        {"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer "},
        {"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer wrong"},
    ],
)
def test_others_find_no_metrics(rf, meta, settings):
    settings.METRICS_TOKEN = ""
    with pytest.raises(Http404):
        views.metrics(rf.get("/metrics", **meta))


def test_behind_a_proxy_loopback_proves_nothing(rf, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    with pytest.raises(Http404):
        views.metrics(rf.get("/metrics", REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:8000"))


@pytest.mark.parametrize(("given", "seen"), [("right", True), ("wrong", False), ("réglé", False)])
def test_the_token_opens_the_metrics_from_anywhere(rf, settings, given, seen):
    settings.METRICS_TOKEN = "right"
    request = rf.get(
        "/metrics", REMOTE_ADDR="192.0.2.7", headers={"authorization": f"Bearer {given}"}
    )
    if seen:
        assert views.metrics(request).status_code == 200
    else:
        with pytest.raises(Http404):
            views.metrics(request)
