import pytest
from django.http import HttpResponse

from monitoring.middleware import HealthMiddleware


def next_in_line(request):
    return HttpResponse("next")


async def next_in_line_async(request):
    return HttpResponse("next")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_is_answered_for_any_host(client, path, settings):
    settings.ALLOWED_HOSTS = ["hub.example"]
    settings.MIDDLEWARE = [
        "monitoring.middleware.HealthMiddleware",
        "django.middleware.common.CommonMiddleware",
    ]
    settings.ROOT_URLCONF = "monitoring.urls"
    assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200


@pytest.mark.django_db
def test_metrics_are_shown_to_whoever_has_the_token_under_any_host(client, settings):
    settings.ALLOWED_HOSTS = ["hub.example"]
    settings.METRICS_TOKEN = "a-token-for-metrics"
    host = {"host": "10.0.0.7:8000"}
    assert client.get("/metrics", headers=host).status_code == 404
    token = {"authorization": "Bearer a-token-for-metrics"}
    assert client.get("/metrics", headers={**host, **token}).status_code == 200


@pytest.mark.django_db
def test_a_foreign_name_for_loopback_sees_no_metrics(client, settings):
    settings.ALLOWED_HOSTS = ["hub.example", "127.0.0.1"]
    assert client.get("/metrics", headers={"host": "rebound.example:8000"}).status_code == 404
    assert client.get("/metrics", headers={"host": "127.0.0.1:8000"}).status_code == 200


def test_everything_else_is_left_alone(rf):
    assert HealthMiddleware(next_in_line)(rf.get("/health/live/x")).content == b"next"


async def test_it_answers_in_the_async_world_too(rf):
    middleware = HealthMiddleware(next_in_line_async)
    assert (await middleware(rf.get("/health/live"))).status_code == 200
    assert (await middleware(rf.get("/"))).content == b"next"
