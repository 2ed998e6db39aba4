"""Whether the process in this container is well: exit 0 or 1, for a health check in an image without curl.

`healthy.py live` or `healthy.py ready` asks the worker's port if one is set, else the web's.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

SECONDS = 4.0
WELL = 200


def main() -> int:
    """Ask, say what was answered, and return the exit status."""
    port = int(os.environ.get("MCPHUB_WORKER_PORT") or 0) or int(os.environ.get("PORT") or 8000)
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", f"/health/{sys.argv[1]}")
        answer = connection.getresponse()
        sys.stdout.write(answer.read().decode() + "\n")
    except (OSError, HTTPException) as error:
        sys.stderr.write(f"port {port}: {error}\n")
        return 1
    return 0 if answer.status == WELL else 1


if __name__ == "__main__":
    sys.exit(main())
