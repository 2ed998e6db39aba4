"""The addresses of this room; /mcp/* is routed past Django, by mcphub/asgi.py."""

from django.urls import path

from servers.views.home import home

app_name = "servers"
urlpatterns = [path("", home, name="home")]
