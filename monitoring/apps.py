"""The Django app of this room."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Registers the probes every installation has."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "monitoring"
    verbose_name = "Watch"

    def ready(self) -> None:
        """Register the probes here, so that nobody has to import them for their effect."""
        from monitoring import bus, health  # noqa: PLC0415 - models must be loaded first

        health.register("database", health.database, critical=True)
        health.register("migrations", health.migrations, critical=True)
        health.register("bus", bus.probe, critical=False)
