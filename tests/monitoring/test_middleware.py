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
    assert client.get("/metrics", headers={"host": "10.0.0.7:8000"}).status_code == 400


def test_everything_else_is_left_alone(rf):
    assert HealthMiddleware(next_in_line)(rf.get("/health/live/x")).content == b"next"


async def test_it_answers_in_the_async_world_too(rf):
    middleware = HealthMiddleware(next_in_line_async)
    assert (await middleware(rf.get("/health/live"))).status_code == 200
    assert (await middleware(rf.get("/"))).content == b"next"
