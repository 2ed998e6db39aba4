"""A fault of the hub's own, as it is logged and told: the same reference in both, nothing else outside."""

import logging
import secrets

from servers.protocol.errors import INTERNAL_ERROR, ProtocolError
from servers.protocol.jsonrpc import error_message

log = logging.getLogger(__name__)


def logged_fault() -> ProtocolError:
    """Log the exception that is being handled, and return what a client is told of it."""
    reference = secrets.token_hex(4)
    log.exception("internal error %s while answering", reference)
    return ProtocolError(INTERNAL_ERROR, f"internal error (reference {reference})", status=500)


def crash_message(id_json: bytes | None) -> bytes:
    """Return the answer for the exception that is being handled, which is logged."""
    return error_message(id_json, logged_fault())
