"""The audit trail: who did what, judged how, with what outcome.

Nothing recorded is lost without a word: a full queue raises, a database that is down is waited for,
a row that cannot be written leaves a marker, and what is cut out later is found by verify().
"""

from monitoring.errors import AuditDown, AuditFull

from .callers import CALLS, Called, keepers
from .changes import record_change, redact
from .erasing import erase
from .event import Event
from .export import export_lines
from .flusher import after_flush, sources
from .people import erase_person, label_of, remember_person
from .seals import write_seal
from .trail import accepting, flush, record, restart, start, stop, waiting
from .verify import Problem, Report, verify

__all__ = [
    "CALLS",
    "AuditDown",
    "AuditFull",
    "Called",
    "Event",
    "Problem",
    "Report",
    "accepting",
    "after_flush",
    "erase",
    "erase_person",
    "export_lines",
    "flush",
    "keepers",
    "label_of",
    "record",
    "record_change",
    "redact",
    "remember_person",
    "restart",
    "sources",
    "start",
    "stop",
    "verify",
    "waiting",
    "write_seal",
]
