"""Django's registration of this room."""

from django.apps import AppConfig


class ServersConfig(AppConfig):
    """The servers room."""

    name = "servers"
    verbose_name = "Publishing"

    def ready(self) -> None:
        """Answer what accounts ask about servers, and follow the sources that are published."""
        # Models exist only now.
        from accounts.oauth import directory  # noqa: PLC0415
        from servers import signals  # noqa: PLC0415
        from servers.directory import ServersDirectory  # noqa: PLC0415

        directory.install(ServersDirectory())
        signals.connect()
