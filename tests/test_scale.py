"""tests/scale: its rows fit the models, and each page is found and looked at."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import User
from catalog.models import EntryVersion
from monitoring.models import AuditEvent
from tests.scale import filling, measuring
from tests.scale.addresses import addresses

SMALL = filling.Size(tools=400, people=60, events=500)


@pytest.fixture
def filled(db):
    filling.fill(SMALL)


def test_what_is_filled_is_looked_at(filled):
    assert AuditEvent.objects.count() == SMALL.events
    assert EntryVersion.objects.filter(state="waiting").exists()
    (look,) = measuring.looks("/admin/catalog/tool/?o=-2")
    assert look.status == 200 and look.queries
    user = User.objects.get(username="scale-admin")
    found = addresses(user)
    for model in admin.site._registry:
        opts = model._meta
        assert reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist") in found
