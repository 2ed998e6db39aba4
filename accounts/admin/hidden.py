"""Pages that other apps register and nobody may use: they change rows around the services.

django-oauth-toolkit's tokens and grants, its page for our clients, and Django's groups, of which
the hub knows none: teams say who belongs together.
"""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from oauth2_provider.models import (
    get_access_token_model,
    get_application_model,
    get_device_grant_model,
    get_grant_model,
    get_id_token_model,
    get_refresh_token_model,
)

FOREIGN: tuple[type[Model], ...] = (
    Group,
    get_application_model(),
    get_access_token_model(),
    get_device_grant_model(),
    get_grant_model(),
    get_id_token_model(),
    get_refresh_token_model(),
)

for _model in FOREIGN:
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
