"""The addresses of this room."""

from django.urls import path

from accounts.views.login import Login
from accounts.views.logout import Logout
from accounts.views.revoke import revoke
from accounts.views.tokens import tokens

app_name = "accounts"
urlpatterns = [
    path("login/", Login.as_view(), name="login"),
    path("logout/", Logout.as_view(), name="logout"),
    path("me/tokens/", tokens, name="tokens"),
    path("me/tokens/<uuid:public_id>/revoke/", revoke, name="revoke"),
]
