"""The addresses of this room."""

from django.urls import path

from accounts.oauth.metadata import AUTHORIZATION_SERVER, OPENID
from accounts.views.login import Login
from accounts.views.logout import Logout
from accounts.views.metadata import metadata
from accounts.views.revoke import revoke
from accounts.views.tokens import tokens

app_name = "accounts"
urlpatterns = [
    path(AUTHORIZATION_SERVER[1:], metadata, name="metadata"),
    path(OPENID[1:], metadata),
    path("login/", Login.as_view(), name="login"),
    path("logout/", Logout.as_view(), name="logout"),
    path("me/tokens/", tokens, name="tokens"),
    path("me/tokens/<uuid:public_id>/revoke/", revoke, name="revoke"),
]
