"""Django's registration of this room."""

from django.apps import AppConfig


class ServersConfig(AppConfig):
    """The servers room."""

    name = "servers"
    verbose_name = "Publishing"

    def ready(self) -> None:
        """Answer what other rooms ask about servers, and follow what happens in them."""
        # Models exist only now.
        from accounts.oauth import directory  # noqa: PLC0415
        from monitoring.admin import roles as admin_roles  # noqa: PLC0415
        from monitoring.audit import keepers  # noqa: PLC0415
        from servers import arrivals, roles, signals  # noqa: PLC0415
        from servers.directory import ServersDirectory  # noqa: PLC0415

        directory.install(ServersDirectory())
        admin_roles.install(roles.opened)
        keepers[:] = [arrivals.keep]
        signals.connect()
