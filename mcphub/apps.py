"""Django's registration of the wiring: its checks and commands."""

from django.apps import AppConfig


class McphubConfig(AppConfig):
    """The wiring."""

    name = "mcphub"
