"""Django's registration of the wiring: its checks and commands."""

from django.apps import AppConfig


class McphubConfig(AppConfig):
    """The wiring."""

    name = "mcphub"

    def ready(self) -> None:
        """Register the checks of a deployment, and follow what stands on top of pages."""
        from mcphub import checks, notices  # noqa: F401, PLC0415  they look at models

        notices.follow()
