"""sessions.py: what is kept of sessions that were ended."""

from datetime import timedelta

from django.utils import timezone

from servers.models import EndedSession
from servers.sessions import read_ended


def test_ended_sessions_are_kept_until_they_would_have_expired(db):
    now = timezone.now()
    EndedSession.objects.create(nonce="past", expires_at=now - timedelta(seconds=1))
    EndedSession.objects.create(nonce="going on", expires_at=now + timedelta(hours=1))
    assert read_ended() == ["going on"]
    assert EndedSession.objects.count() == 1
