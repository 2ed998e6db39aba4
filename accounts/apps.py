"""Django's registration of this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The accounts room."""

    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        """Listen for rows that change who may call, whichever path they take."""
        from accounts import signals  # noqa: PLC0415  models exist only now

        signals.connect()
