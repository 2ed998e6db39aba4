from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models

CALLS = [MinValueValidator(1), MaxValueValidator(1_000_000_000)]


class Migration(migrations.Migration):
    dependencies = [("servers", "0001_initial")]

    operations = [
        migrations.AddField(
            "server",
            "calls_per_minute",
            models.PositiveIntegerField(blank=True, null=True, validators=CALLS),
        ),
        migrations.AddField(
            "server", "burst", models.PositiveIntegerField(blank=True, null=True, validators=CALLS)
        ),
        migrations.AddConstraint(
            "server",
            models.CheckConstraint(
                condition=models.Q(calls_per_minute__isnull=True)
                | models.Q(calls_per_minute__gte=1),
                name="server_calls_positive",
            ),
        ),
        migrations.AddConstraint(
            "server",
            models.CheckConstraint(
                condition=models.Q(burst__isnull=True) | models.Q(burst__gte=1),
                name="server_burst_positive",
            ),
        ),
        migrations.AddConstraint(
            "server",
            models.CheckConstraint(
                condition=models.Q(burst__isnull=True) | models.Q(calls_per_minute__isnull=False),
                name="server_burst_of_a_limit",
                violation_error_message="Calls at once are limited only with calls a minute.",
            ),
        ),
    ]
