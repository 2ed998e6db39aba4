"""logging/setLevel. Source: server/utilities/logging of the initialize-based revisions."""

from servers.kept import wishes
from servers.methods.request import Request, require_read, text_param
from servers.protocol.errors import invalid_params
from servers.protocol.handshake import LIFETIME
from servers.transports.exchange import LEVELS


async def set_level(request: Request) -> bytes:
    """Keep the least level of messages that the session wants, for every process."""
    require_read(request)
    level, session = text_param(request, "level"), request.exchange.era.session
    if level not in LEVELS:
        raise invalid_params(f'"level" is none of {", ".join(LEVELS)}.')
    if session is not None:
        await request.desk.offload(wishes.set_level, session.nonce, level, LIFETIME)
    return request.server.shaper.empty(request.revision)
