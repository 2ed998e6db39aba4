"""The addresses of this room."""

from django.urls import path

from accounts.views.attempts import attempt, attempts
from accounts.views.authorize import authorize
from accounts.views.connections import connections, revoke_connection, revoke_connections
from accounts.views.login import Login
from accounts.views.logout import Logout
from accounts.views.oauth_revoke import oauth_revoke
from accounts.views.oauth_token import oauth_token
from accounts.views.password import password
from accounts.views.register import register
from accounts.views.revoke import revoke
from accounts.views.sessions import end_sessions
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
    path("me/connections/", connections, name="connections"),
    path("me/connections/revoke/", revoke_connections, name="revoke_connections"),
    path("me/connections/<uuid:public_id>/revoke/", revoke_connection, name="revoke_connection"),
    path("me/password/", password, name="password"),
    path("me/sessions/end/", end_sessions, name="end_sessions"),
    path("me/tokens/", tokens, name="tokens"),
    path("me/tokens/<uuid:public_id>/revoke/", revoke, name="revoke"),
]
