"""This room's admin pages, and what every room's pages stand on (base.py, deleting.py)."""

from monitoring.admin.banners import BannerAdmin
from monitoring.admin.checks import TrailCheckAdmin
from monitoring.admin.events import AuditEventAdmin
from monitoring.admin.masked import RedactedNameAdmin
from monitoring.admin.people import AuditPersonAdmin
from monitoring.admin.seals import AuditSealAdmin

__all__ = [
    "AuditEventAdmin",
    "AuditPersonAdmin",
    "AuditSealAdmin",
    "BannerAdmin",
    "RedactedNameAdmin",
    "TrailCheckAdmin",
]
