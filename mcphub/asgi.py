"""The ASGI application: MCP endpoints and their discovery go to the transports, the rest to Django.

It knows nothing of the server under it; `mcphub.runtime` is started and stopped by the launcher.
"""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mcphub.settings")
django = get_asgi_application()

from mcphub.pages import Pages  # noqa: E402
from mcphub.programs import Programs  # noqa: E402
from mcphub.routing import RememberingRouter, routes  # noqa: E402
from mcphub.runtime import runtime  # noqa: E402  (its models need Django to be set up)

application = ProtocolTypeRouter(
    {
        "http": RememberingRouter(
            routes(
                runtime.serve_mcp,
                runtime.serve_sse,
                runtime.serve_discovery,
                Programs(),
                Pages(django),
            )
        )
    }
)
