"""This room's admin pages, and what every room's pages stand on (base.py, deleting.py)."""

from monitoring.admin.events import AuditEventAdmin
from monitoring.admin.people import AuditPersonAdmin
from monitoring.admin.seals import AuditSealAdmin

__all__ = ["AuditEventAdmin", "AuditPersonAdmin", "AuditSealAdmin"]
