"""What the documentation says that can be held against the code."""

import ast
import json
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from django.core.management import load_command_class

from catalog.schemas.checking import DIALECT
from mcphub.environment import SETTINGS
from mcphub.testing import call
from servers.methods.lifecycle import CAPABILITIES
from tests import house
from tests.clients.known import CLIENTS, OVER_SSE
from tests.clients.logins.known import LOGINS

PAGES = [*house.BASE.glob("*.md"), *(house.BASE / "docs").rglob("*.md")]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
PATH = re.compile(r"`((?:monitoring|accounts|catalog|servers|mcphub)/[\w./]*)`")
TARGETS = ["help", "run", "test", "check", "clients", "pictures", "bench", "drill", "conformance"]
TARGETS += ["mutants"]
ROW = re.compile(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)?", re.MULTILINE)

NOT_ON_THE_WAY = {
    "servers/models/": "tables; the files that read and write them are named",
    "servers/migrations/": "how the tables came to be",
    "servers/admin/": "pages that call the services, which are named",
    "servers/apps.py": "Django's registration of the room",
}
"""Files that docs/how-a-request-flows.md need not name, and why."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [one for one in targets if not (page.parent / one).exists()] == []


def test_files_on_the_way_of_a_request_exist():
    text = (house.BASE / "docs" / "how-a-request-flows.md").read_text(encoding="utf-8")
    named = PATH.findall(text)
    assert len(named) > 40
    assert [path for path in named if not (house.BASE / path).exists()] == []


def test_every_file_that_answers_is_on_the_way_of_a_request():
    named = set(PATH.findall((house.BASE / "docs" / "how-a-request-flows.md").read_text("utf-8")))
    folders = tuple(path for path in named if path.endswith("/"))
    served = (path for path in sorted((house.BASE / "servers").rglob("*.py")) if _has_code(path))
    found = [path.relative_to(house.BASE).as_posix() for path in served]
    assert len(found) > 60
    missing = [path for path in found if path not in named and not path.startswith(folders)]
    assert [path for path in missing if not path.startswith(tuple(NOT_ON_THE_WAY))] == []


def test_what_is_declared_is_told():
    told = ", ".join(_declared(name, flags) for name, flags in CAPABILITIES.items())
    text = (house.BASE / "docs" / "protocol.md").read_text(encoding="utf-8")
    assert f"\n{told}.\n" in text


def test_table_of_settings_is_the_code_s():
    text = (house.BASE / "docs" / "settings.md").read_text(encoding="utf-8")
    told = dict(ROW.findall(text))
    assert list(told) == [setting.name for setting in SETTINGS]
    differing = [one.name for one in SETTINGS if one.default and told[one.name] != one.default]
    assert differing == []


def test_readme_names_every_setting():
    text = (house.BASE / "README.md").read_text(encoding="utf-8")
    assert [one.name for one in SETTINGS if f"`{one.name}`" not in text] == []


@pytest.mark.behaviour("I5")
@pytest.mark.behaviour("I5", transport="stdio")
def test_dialect_of_schemas_is_told():
    text = (house.BASE / "docs" / "protocol.md").read_text(encoding="utf-8")
    year = re.search(r"draft/([\d-]+)/schema$", DIALECT)
    assert year and f"JSON Schema {year[1]}, and no other dialect" in text


def test_first_tool_of_the_readme_works(tmp_path, monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", _readme(), re.DOTALL)
    path = tmp_path / "first_tool.py"
    path.write_text(next(block for block in blocks if "@tool" in block), encoding="utf-8")
    spec = spec_from_file_location("first_tool", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "first_tool", module)
    spec.loader.exec_module(module)
    assert call(module.current_weather, city="Oslo").structured["celsius"] == 6.5
    assert call(module.current_weather, city="Atlantis").is_error


def test_settings_of_claude_desktop_are_json_and_start_the_command():
    (block,) = re.findall(r"```json\n(.*?)```", _readme(), re.DOTALL)
    ((_, server),) = json.loads(block)["mcpServers"].items()
    python, (manage, *words) = server["command"], server["args"]
    assert python.startswith("/") and manage.startswith("/") and words[0] == "mcp_stdio"
    parser = load_command_class("mcphub", "mcp_stdio").create_parser("manage.py", "mcp_stdio")
    asked = parser.parse_args(words[1:])
    assert (asked.server, asked.user) == ("demo-private", "admin")


def test_make_lists_the_targets_that_the_readers_are_told():
    done = subprocess.run(["make", "-C", str(house.BASE)], capture_output=True, text=True)
    listed = re.findall(r"make (\w+) ", done.stdout)
    assert done.returncode == 0 and listed == TARGETS


@pytest.mark.parametrize("client", [*CLIENTS, *OVER_SSE, *LOGINS], ids=lambda client: client.name)
def test_page_of_clients_names_each_and_its_version(client):
    text = (house.BASE / "docs" / "clients.md").read_text(encoding="utf-8")
    row = f"| {client.title} | `{client.package.name}` {client.package.version} |"
    assert row in text


def _has_code(path: Path) -> bool:
    """Tell whether a file holds more than a docstring."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(not isinstance(one, ast.Expr) for one in body)


def _declared(name: str, flags: dict[str, Any]) -> str:
    """Return how a capability is told: `tools (`listChanged`)`."""
    return f"{name} ({', '.join(f'`{flag}`' for flag in flags)})" if flags else name


def _readme() -> str:
    return (house.BASE / "README.md").read_text(encoding="utf-8")
