"""The house: which way imports go, what is pure, where everything is caught, what is documented."""

import ast
import re
import sys

import pytest
from django.core.management import get_commands
from django.urls import URLPattern, get_resolver

from mcphub.environment import SETTINGS
from tests import house

STDLIB = frozenset(sys.stdlib_module_names)

# The doors where everything is caught, and why nothing less would do.
DOORS = {
    "catalog/importers/python/loading.py": "authors' files may raise anything; one is no other's",
    "mcphub/workshop.py": "without its memory a worker is of no use, whatever was wrong",
    "mcphub/serving/daphne.py": "Twisted would swallow what stops the start",
    "monitoring/audit/flusher.py": "a fault here must not end the trail",
    "monitoring/bus/__init__.py": "one listener's fault must not deafen the others",
    "monitoring/bus/layer.py": "the client library wraps an outage in a group",
    "servers/capabilities/functions/capability.py": "what would end the hub becomes a fault",
    "servers/capabilities/functions/threads.py": "what work raises goes to whoever waits for it",
    "servers/corridor.py": "behind it authors' code runs",
    "servers/live.py": "what cannot be prepared must not keep a revocation from being served",
    "servers/transports/batch.py": "one request's fault is no other's, and is answered",
    "servers/transports/door.py": "a fault is answered, and logged with its reference",
    "servers/transports/http_sse.py": "a stream that is open ends in order, whatever went wrong",
    "servers/transports/shared_conversation.py": "a fault is answered, and logged with its reference",
    "servers/transports/streamable_http.py": "a fault is answered, and logged with its reference",
}
# Who looks at the environment, and why.
ENVIRONMENT = {
    "mcphub/settings.py": "reads it, once, through mcphub/environment.py",
    "mcphub/apart.py": "names the folder of a worker's numbers, for prometheus_client to find",
    "mcphub/launching.py": "hands it on whole to the web processes it starts",
}
TEXT = {".py", ".md", ".html", ".css", ".js", ".toml", ".txt", ".yaml", ".yml", ".sh", ".conf"}
TEXT |= {".service", ".svg", ""}
FOLDERS = (*house.ROOMS, "tests", "docs", "deploy", "examples", "templates", "static", ".ci")


@pytest.mark.parametrize("checker", [house.wrong_doors, house.wrong_parts, house.hidden_imports])
def test_imports_go_one_way(checker):
    assert [each for _, module, source in house.sources() for each in checker(source, module)] == []


def test_pure_folders_import_nothing_that_acts():
    files = house.sources()
    found = [each for _, module, text in files for each in house.impurities(text, module, STDLIB)]
    assert found == []


def test_everything_is_caught_at_the_doors_alone():
    found = {_name(path) for path, _, source in house.sources() if house.broad_excepts(source)}
    assert found == set(DOORS)


def test_the_environment_is_read_in_one_place():
    found = {_name(path) for path, _, source in house.sources() if house.environment_reads(source)}
    assert found == set(ENVIRONMENT)


PLANTED = {
    "plain": "from {target} import thing",
    "module": "import {target}",
    "inside a function": "def act():\n    from {target} import thing",
    "inside a method": "class One:\n    async def act(self):\n        import {target}",
    "under TYPE_CHECKING": "if TYPE_CHECKING:\n    from {target} import Thing",
    "under typing.TYPE_CHECKING": "if typing.TYPE_CHECKING:\n    import {target}",
    "in a try": "try:\n    import {target}\nexcept ImportError:\n    pass",
}


@pytest.mark.parametrize("form", PLANTED.values(), ids=PLANTED)
@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("monitoring.metrics", "accounts.models"),
        ("accounts.tokens", "servers.host"),
        ("catalog.policy.gate", "servers.protocol"),
        ("servers.host", "mcphub.runtime"),
    ],
)
def test_planted_import_from_a_room_above_is_found(form, module, target):
    assert len(house.wrong_doors(form.format(target=target), module)) == 1


@pytest.mark.parametrize("form", PLANTED.values(), ids=PLANTED)
@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("servers.protocol.envelope", "servers.transports.sse"),
        ("servers.transports.guards", "servers.corridor"),
        ("servers.capabilities.base", "servers.published"),
        ("servers.corridor", "servers.methods.tools"),
        ("servers.methods.tools", "servers.dispatch"),
        ("servers.dispatch", "servers.host"),
        ("servers.corridor", "servers.models"),
        ("servers.brandnew", "servers.models"),
    ],
)
def test_planted_import_up_inside_servers_is_found(form, module, target):
    assert len(house.wrong_parts(form.format(target=target), module)) == 1


def test_planted_relative_import_is_resolved():
    planted = "from ..corridor import Corridor\nfrom .. import host\nfrom .jsonrpc import encode"
    assert len(house.wrong_parts(planted, "servers.protocol.envelope")) == 2
    assert len(house.wrong_doors("from ... import mcphub", "servers.protocol.envelope")) == 1


@pytest.mark.parametrize("form", PLANTED.values(), ids=PLANTED)
@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("servers.protocol.reading", "django.conf"),
        ("servers.protocol.handshake", "time"),
        ("servers.protocol.handshake", "asyncio"),
        ("servers.protocol.handshake", "os.path"),
        ("catalog.policy.gate", "accounts.models"),
        ("catalog.policy.gate", "pydantic"),
        ("catalog.authoring.context", "django.db"),
        ("catalog.authoring.context", "mcp.server"),
    ],
)
def test_planted_impurity_is_found(form, module, target):
    assert len(house.impurities(form.format(target=target), module, STDLIB)) == 1


@pytest.mark.parametrize("form", ["inside a function", "inside a method", "under TYPE_CHECKING"])
def test_planted_hidden_import_is_found(form):
    source = PLANTED[form].format(target="json")
    assert len(house.hidden_imports(source, "servers.host")) == 1


def test_only_ready_of_an_app_may_import_inside():
    source = "class Config(AppConfig):\n    def ready(self):\n        import servers.signals"
    assert house.hidden_imports(source, "servers.apps") == []
    assert len(house.hidden_imports(source, "servers.host")) == 1
    assert len(house.hidden_imports(source.replace("ready", "other"), "servers.apps")) == 1


@pytest.mark.parametrize(
    "caught", ["Exception", "BaseException as error", "(ValueError, Exception)", ""]
)
def test_planted_catch_all_is_found(caught):
    assert house.broad_excepts(f"try:\n    act()\nexcept {caught}:\n    pass") == [3]
    assert house.broad_excepts("try:\n    act()\nexcept (ValueError, OSError):\n    pass") == []


@pytest.mark.parametrize(
    "read", ["x = os.environ['A']", "x = os.getenv('A')", "from os import environ", "f(os.environ)"]
)
def test_planted_look_at_the_environment_is_found(read):
    assert house.environment_reads(read) == [1]
    named = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mcphub.settings')"
    assert house.environment_reads(named) == []


def test_there_are_fewer_than_forty_settings():
    assert len(SETTINGS) < 40 and len({setting.name for setting in SETTINGS}) == len(SETTINGS)


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_setting_is_documented(name):
    assert _is_documented(rf"\b{name}\b")


def _metrics() -> list[str]:
    tree = ast.parse((house.BASE / "monitoring" / "metrics.py").read_text())
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    firsts = (call.args[0] for call in calls if isinstance(call.args[0], ast.Constant))
    return [str(one.value) for one in firsts if str(one.value).startswith("mcphub_")]


def test_the_metrics_are_found():
    assert "mcphub_tool_calls_total" in _metrics() and len(_metrics()) >= 9


@pytest.mark.parametrize("name", _metrics())
def test_metric_is_documented(name):
    assert _is_documented(rf"\b{name}\b")


@pytest.mark.parametrize(
    "name", sorted(name for name, app in get_commands().items() if app in house.ROOMS)
)
def test_command_is_documented(name):
    assert _is_documented(rf"manage\.py {name}\b")


def _addresses() -> list[str]:
    """Every address, up to its first variable; what lies under /admin/ is Django's."""
    found = {"/admin/", "/mcp/"}
    for pattern in _patterns(get_resolver().url_patterns, "/"):
        found.add(pattern if not pattern.startswith("/admin/") else "/admin/")
    return sorted(found)


def _patterns(patterns, before):
    for each in patterns:
        route = before + str(getattr(each.pattern, "_route", ""))
        if isinstance(each, URLPattern):
            yield route.partition("<")[0]
        elif not route.startswith("/admin/"):
            yield from _patterns(each.url_patterns, route)


@pytest.mark.parametrize("address", _addresses())
def test_address_is_documented(address):
    assert _is_documented(rf"`{address}|{address}`")


def test_no_file_names_a_place_on_somebodys_machine():
    place = re.compile(r"(?<![\w.])/(?:work|root|Users|home)/\w|[A-Z]:\\Users")
    found = [_name(path) for path in _files() if place.search(path.read_text(errors="replace"))]
    assert found == []


def _files():
    roots = [path for path in house.BASE.iterdir() if path.is_file() and path.name[0] != "."]
    inside = [path for folder in FOLDERS for path in (house.BASE / folder).rglob("*")]
    kept = (path for path in [*roots, *inside] if path.is_file() and path.suffix in TEXT)
    return [path for path in kept if "__pycache__" not in path.parts]


def _is_documented(pattern: str) -> bool:
    files = [*(house.BASE / "docs").rglob("*.md"), *house.BASE.glob("*.md")]
    return any(re.search(pattern, path.read_text(encoding="utf-8")) for path in files)


def _name(path) -> str:
    return path.relative_to(house.BASE).as_posix()
