"""The addresses of this room."""

from django.urls import path

from accounts.views.attempts import attempt, attempts
from accounts.views.authorize import authorize
from accounts.views.login import Login
from accounts.views.logout import Logout
from accounts.views.oauth_revoke import oauth_revoke
from accounts.views.oauth_token import oauth_token
from accounts.views.register import register
from accounts.views.revoke import revoke
from accounts.views.tokens import tokens

app_name = "accounts"
urlpatterns = [
    path("token", oauth_token, name="oauth_token"),
    path("revoke", oauth_revoke, name="oauth_revoke"),
    path("authorize", authorize, name="authorize"),
    path("login/", Login.as_view(), name="login"),
    path("logout/", Logout.as_view(), name="logout"),
    path("me/connections/attempts/", attempts, name="attempts"),
    path("me/connections/attempts/<uuid:public_id>/", attempt, name="attempt"),
    path("register", register, name="register"),
    path("me/tokens/", tokens, name="tokens"),
    path("me/tokens/<uuid:public_id>/revoke/", revoke, name="revoke"),
]
