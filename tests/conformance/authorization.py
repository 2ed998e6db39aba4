"""`python -m tests.conformance.authorization`: the suite's scenarios for authorization servers.

A hub of our own is started, by SERVER=daphne if so named; a client is added by hand, with the
suite's redirect; the suite prints an address and waits for a person, who is played over HTTP: logs in
as the admin and presses Allow. ONLY=scenario runs that one; OUT=folder takes the JSON. Exit 0 all
passed, 1 something failed, 2 it could not be run. On loopback the hub knows no clients by their
documents, so the suite's warning about that is expected.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
from pathlib import Path

# Before tests.settings, which hides the shell's own hub from tests.
SERVER = os.environ.pop("SERVER", "") or "uvicorn"
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django  # noqa: E402

django.setup()

from tests import live  # noqa: E402
from tests.clients.installing import InstallError  # noqa: E402
from tests.conformance import report  # noqa: E402
from tests.conformance.suite import Suite, installed  # noqa: E402
from tests.conformance.verdicts import Verdict, verdict  # noqa: E402
from tests.person import Person, Stuck, arrive  # noqa: E402

SCENARIOS = ("authorization-server-metadata-endpoint", "authorization-code-grant")
EXPECTED = frozenset({"authorization-server-metadata-cimd"})
SECONDS = 120.0
CLIENT = "conformance-suite"
ADD_CLIENT = """
from accounts.models import OAuthClient
OAuthClient.objects.create(
    client_id="{client}", name="Conformance suite", client_type=OAuthClient.CLIENT_PUBLIC,
    authorization_grant_type=OAuthClient.GRANT_AUTHORIZATION_CODE,
    redirect_uris="http://127.0.0.1:{port}/callback",
)
"""


def main() -> int:
    """Run everything; return the exit status."""
    only = os.environ.get("ONLY", "")
    try:
        suite = installed()
        with tempfile.TemporaryDirectory(prefix="mcphub-authorization-") as folder:
            verdicts = _run(suite, Path(folder), only)
    except InstallError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    findings = {"authorization": {"all": verdicts}}
    report.show("authorization", verdicts)
    out = Path(os.environ.get("OUT") or "out")
    sys.stdout.write(f"{report.write(findings, out, 'authorization.json')}\n")
    return 0 if report.good(findings) else 1


def _run(suite: Suite, folder: Path, only: str) -> list[Verdict]:
    """Start a hub, add the client, run the scenarios; return how each ended."""
    hub = live.start(folder, SERVER)
    try:
        port = live.free_port()
        hub.manage("shell", "-c", ADD_CLIENT.format(client=CLIENT, port=port))
        person = Person(hub.url, "admin", hub.environ["MCPHUB_ADMIN_PASSWORD"])
        words = [
            *(suite.node, str(suite.script), "authorization", "--url", hub.url),
            *("--client-id", CLIENT, "--resource", f"{hub.url}/mcp/demo-private"),
            *("--port", str(port), "-o", str(folder / "results")),
            *(("--scenario", only) if only else ()),
        ]
        log = asyncio.run(_played(words, f"{hub.url}/authorize?", person))
    finally:
        live.end(hub)
    names = [only] if only else SCENARIOS
    results = folder / "results"
    return [verdict(name, results, log, "authorization-server", EXPECTED) for name in names]


async def _played(words: list[str], asks: str, person: Person) -> str:
    """Run the suite; the person goes where it says. Return all that was said."""
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    log: list[str] = []
    try:
        async with asyncio.timeout(SECONDS):
            assert process.stdout is not None
            async for line in process.stdout:
                log.append(line.decode("utf-8", "replace"))
                if log[-1].startswith(asks):
                    back = await asyncio.to_thread(person.answer, log[-1].strip())
                    await asyncio.to_thread(arrive, back)
            await process.wait()
    except TimeoutError:
        log.append(f"error: not done after {SECONDS:.0f} s\n")
    except (Stuck, OSError) as error:
        log.append(f"error: the person got no further than {error}\n")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return "".join(log)


if __name__ == "__main__":
    sys.exit(main())
