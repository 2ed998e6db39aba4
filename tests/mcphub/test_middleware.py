import pytest

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
