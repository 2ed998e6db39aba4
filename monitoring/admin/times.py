"""Moments as the admin's pages write them: in the reader's own time zone, sortable by eye."""

from datetime import datetime

from django.utils import timezone


def day(moment: datetime) -> str:
    """Write the day: 2026-11-05."""
    return f"{timezone.localtime(moment):%Y-%m-%d}"


def minute(moment: datetime | None, never: str = "never") -> str:
    """Write day and minute; what never happened is said in words."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else never


def second(moment: datetime) -> str:
    """Write day and second."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"
