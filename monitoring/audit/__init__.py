"""The audit trail: who did what, judged how, with what outcome.

Nothing recorded is lost without a word: a full queue raises, a database that is down is waited for,
a row that cannot be written leaves a marker, and what is cut out later is found by verify().
"""

from monitoring.errors import AuditDown, AuditFull

from .changes import record_change, redact
from .erasing import erase
from .event import Event
from .export import export_lines
from .flusher import sources
from .people import erase_person, remember_person
from .seals import write_seal
from .trail import accepting, flush, record, restart, start, stop
from .verify import Problem, Report, verify

__all__ = [
    "AuditDown",
    "AuditFull",
    "Event",
    "Problem",
    "Report",
    "accepting",
    "erase",
    "erase_person",
    "export_lines",
    "flush",
    "record",
    "record_change",
    "redact",
    "remember_person",
    "restart",
    "sources",
    "start",
    "stop",
    "verify",
    "write_seal",
]
