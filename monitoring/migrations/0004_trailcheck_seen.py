"""When a running verification last said that it runs."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('monitoring', '0003_watch'),
    ]

    operations = [
        migrations.AddField(
            model_name='trailcheck',
            name='seen_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
