"""When the first call of a connection's tokens got through."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_step_addresses")]

    operations = [
        migrations.AddField(
            model_name="tokenfamily",
            name="called_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
