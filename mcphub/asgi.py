"""The ASGI application: MCP endpoints go to the transports, everything else to Django.

It knows nothing of the server under it; `mcphub.runtime` is started and stopped by the launcher.
"""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mcphub.settings")
pages = get_asgi_application()

from mcphub.programs import Programs  # noqa: E402
from mcphub.routing import RememberingRouter  # noqa: E402
from mcphub.runtime import runtime  # noqa: E402  (its models need Django to be set up)

application = ProtocolTypeRouter(
    {
        "http": RememberingRouter(
            [
                re_path(r"^mcp/(?P<slug>[a-z0-9][a-z0-9-]{0,62})\Z", runtime.serve_mcp),  # type: ignore[arg-type]
                re_path(r"^(?:token|revoke)\Z", Programs()),  # type: ignore[arg-type]
                re_path(r"", pages),  # type: ignore[arg-type]
            ]
        )
    }
)
