"""Django's registration of this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The accounts room."""

    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        """Listen for rows that change who may call, and name teams and clients for the trail."""
        from accounts import selectors, signals  # noqa: PLC0415  models exist only now
        from accounts.oauth.offering import offered  # noqa: PLC0415
        from accounts.services.announcing import POLICY  # noqa: PLC0415
        from monitoring import bus, labels  # noqa: PLC0415

        signals.connect()
        for topic in (POLICY, bus.CONNECTED):
            bus.subscribe(topic, lambda _told: offered.forget())
        labels.register("team", selectors.team_name)
        labels.register("client", selectors.client_name, selectors.client_names)
        labels.register_finder("client", selectors.clients_called)
        labels.register_finder("user", selectors.people_called)
