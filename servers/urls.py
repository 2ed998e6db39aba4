"""The addresses of this room; /mcp/* is routed past Django, by mcphub/asgi.py."""

from django.urls import path

from servers.views.ask import ask
from servers.views.connect import connect, connect_client, connected
from servers.views.home import home

app_name = "servers"
urlpatterns = [
    path("", home, name="home"),
    path("connect/<slug:slug>/", connect, name="connect"),
    path("connect/<slug:slug>/connected/", connected, name="connected"),
    path("connect/<slug:slug>/<slug:client_id>/connected/", connected, name="client_connected"),
    path("connect/<slug:slug>/<slug:client_id>/", connect_client, name="connect_client"),
    path("ask/<uuid:public_id>/", ask, name="ask"),
]
