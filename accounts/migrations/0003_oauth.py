"""What people allow: consents, families of tokens, how clients become known, attempts to connect."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_issued_token'),
    ]

    operations = [
        migrations.AddField(
            model_name='oauthclient',
            name='approved',
            field=models.BooleanField(default=True, help_text='A client that waits for approval can be authorized by nobody.'),
        ),
        migrations.AddField(
            model_name='oauthclient',
            name='auth_method',
            field=models.CharField(choices=[('none', 'None'), ('client_secret_post', 'Secret Post'), ('client_secret_basic', 'Secret Basic')], default='none', max_length=20),
        ),
        migrations.AddField(
            model_name='oauthclient',
            name='client_uri',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='oauthclient',
            name='registered_from',
            field=models.GenericIPAddressField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='oauthclient',
            name='software_id',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='oauthclient',
            name='software_version',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.CreateModel(
            name='ClientPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('registration', models.CharField(choices=[('open', 'Any client, within limits'), ('hosts', 'Only clients that return to the hosts listed'), ('approval', 'Any client, which then waits for an admin'), ('closed', 'None: admins add clients by hand')], default='open', max_length=10)),
                ('redirect_hosts', models.TextField(blank=True, help_text='One host a line, such as claude.ai; loopback is the line 127.0.0.1.', max_length=4000)),
                ('client_documents', models.BooleanField(default=True, help_text='Know clients by the document at their id; needs an https public address.')),
            ],
            options={
                'verbose_name': 'client policy',
                'verbose_name_plural': 'client policy',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='client_policy_one')],
            },
        ),
        migrations.CreateModel(
            name='ConnectionAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('address', models.CharField(blank=True, max_length=64)),
                ('user_agent', models.CharField(blank=True, max_length=120)),
                ('server', models.UUIDField(blank=True, null=True)),
                ('begun_at', models.DateTimeField(auto_now_add=True)),
                ('last_at', models.DateTimeField(db_index=True)),
                ('failed', models.BooleanField(default=False)),
                ('client', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='attempts', to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'connection attempt',
                'ordering': ('-last_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='AttemptStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('challenge', 'Challenge'), ('metadata', 'Metadata'), ('registration', 'Registration'), ('authorize', 'Authorization'), ('token', 'Token'), ('call', 'First call')], max_length=12)),
                ('reason', models.CharField(blank=True, help_text='Empty for a step that went well.', max_length=40)),
                ('detail', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='accounts.connectionattempt')),
            ],
            options={
                'ordering': ('at', 'id'),
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('server', models.UUIDField(db_index=True)),
                ('scopes', models.CharField(max_length=200)),
                ('redirect_uri', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'connection',
                'ordering': ('-changed_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='TokenFamily',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('code_digest', models.CharField(max_length=64, unique=True)),
                ('code_challenge', models.CharField(max_length=128)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('refreshed_at', models.DateTimeField(blank=True, null=True)),
                ('consent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='families', to='accounts.consent')),
            ],
            options={
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.AddField(
            model_name='issuedtoken',
            name='family',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='issued', to='accounts.tokenfamily'),
        ),
        migrations.AddIndex(
            model_name='connectionattempt',
            index=models.Index(fields=['address', '-last_at'], name='attempt_by_address'),
        ),
        migrations.AddIndex(
            model_name='connectionattempt',
            index=models.Index(fields=['user', '-last_at'], name='attempt_by_user'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(fields=('user', 'client', 'server'), name='consent_once'),
        ),
    ]
