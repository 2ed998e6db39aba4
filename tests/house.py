"""Reads the code as text and says where it breaks the rules of the house; tests/test_house.py asks.

Every checker takes a source and the dotted name of its module, so that planted sources are judged
by the very functions that judge the code.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

BASE = Path(__file__).resolve().parent.parent
ROOMS = ("monitoring", "accounts", "catalog", "servers", "mcphub")
"""From the ground up: a room imports from those before it."""

SERVERS = (
    {
        *("protocol", "errors", "models", "offload", "running", "connect", "search", "own_tools"),
        "shares",
    },
    {"kept", "turns"},
    {"bell"},
    {"transports", "upstreams", "permissions", "facts", "crowd"},
    {"capabilities", "services", "selectors"},
    {
        *("published", "directory", "signals", "state", "browsing", "stoppable", "roles"),
        *("costs", "audience", "arrivals", "contents", "offers", "sse_clients"),
    },
    {"finding"},
    {"snapshot", "sessions", "limits", "hiding"},
    {"snapshot_rows"},
    {"calls", "places"},
    {"corridor", "live"},
    {"listening", "posting", "replaying"},
    {"recording", "dialogue"},
    {"jobs"},
    {"methods"},
    {"dispatch"},
    {"weighing"},
    {"host"},
    {"why"},
    {"admin", "forms", "views", "management", "tasks"},
    {"urls", "apps"},
)
"""The parts of servers, from the ground up: a part imports from the lines above its own."""
WITHOUT_ROWS = frozenset(
    {
        "protocol",
        "transports",
        "capabilities",
        "published",
        "finding",
        "own_tools",
        "search",
        "snapshot",
        "limits",
        "places",
        "calls",
        "corridor",
        "hiding",
        "recording",
        "running",
        "methods",
        "dispatch",
        "weighing",
    }
)
ROWS = frozenset({"models", "selectors", "services", "state", "signals", "permissions"})
"""What answers a call knows no rows: parts in WITHOUT_ROWS import none of ROWS."""

_WORLD = frozenset({"asyncio", "os", "pathlib", "random", "secrets", "socket", "threading", "time"})
PURE: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "servers.protocol": (
        frozenset({"servers.protocol", "msgspec", "mcp_types", "cryptography"}),
        frozenset({"asyncio", "os", "pathlib", "random", "secrets", "socket", "threading", "time"}),
    ),
    "servers.own_tools": (frozenset(), _WORLD),
    "servers.search": (frozenset({"servers.search"}), _WORLD),
    "servers.connect": (
        frozenset({"servers.connect", "yaml"}),
        frozenset({"asyncio", "os", "random", "secrets", "socket", "threading", "time"}),
    ),
    "catalog.policy": (
        frozenset({"catalog.policy", "accounts.scopes"}),
        frozenset({"asyncio", "os", "pathlib", "random", "socket", "threading", "time"}),
    ),
    "catalog.authoring": (
        frozenset(
            {
                "catalog.authoring",
                "catalog.runs",
                "pydantic",
                "pydantic_core",
                "typing_extensions",
            }
        ),
        frozenset({"os", "random", "socket"}),
    ),
    "catalog.runs": (frozenset(), _WORLD),
    "accounts.https_url": (frozenset(), _WORLD),
    "accounts.outbound.addresses": (frozenset(), _WORLD),
    "accounts.foreign": (frozenset(), _WORLD),
    "accounts.oauth.json_reading": (frozenset(), _WORLD),
    "accounts.oauth.redirects": (frozenset({"accounts.https_url"}), _WORLD),
    "accounts.oauth.registration": (
        frozenset(
            {
                "accounts.foreign",
                "accounts.https_url",
                "accounts.oauth.redirects",
                "accounts.scopes",
            }
        ),
        _WORLD,
    ),
}
"""Folder -> what it may import besides the standard library, and what of that it may not."""


class Import(NamedTuple):
    """One imported name: where it stands, and whether a function or TYPE_CHECKING holds it."""

    line: int
    target: str
    inside: str


def sources() -> Iterator[tuple[Path, str, str]]:
    """Yield path, dotted module and text of every file in the code folders but migrations."""
    for room in ROOMS:
        for path in sorted((BASE / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, module_of(path), path.read_text(encoding="utf-8")


def module_of(path: Path) -> str:
    """Return a file's dotted name; a package's __init__ is named with it, for relative imports."""
    return ".".join(path.relative_to(BASE).with_suffix("").parts)


def imports(source: str, module: str) -> Iterator[Import]:
    """Yield every import, wherever it stands."""
    yield from _imports(ast.parse(source), module, "")


def _imports(node: ast.AST, module: str, inside: str) -> Iterator[Import]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        inside = getattr(node, "name", "lambda")
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        inside = inside or "TYPE_CHECKING"
    elif isinstance(node, ast.Import):
        yield from (Import(node.lineno, alias.name, inside) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = _base(node, module)
        names = [f"{base}.{alias.name}".strip(".") for alias in node.names]
        yield from (Import(node.lineno, name, inside) for name in names)
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, module, inside)


def _base(node: ast.ImportFrom, module: str) -> str:
    """Return the absolute name of what is imported from."""
    if not node.level:
        return node.module or ""
    package = module.split(".")[: -node.level]
    return ".".join([*package, *((node.module or "").split(".") if node.module else [])])


def wrong_doors(source: str, module: str) -> list[str]:
    """Return imports from a room above."""
    own = module.split(".")[0]
    found = []
    for each in imports(source, module):
        room = each.target.split(".")[0]
        if room in ROOMS and ROOMS.index(room) > ROOMS.index(own):
            found.append(f"{module}:{each.line} imports {each.target}")
    return found


def wrong_parts(source: str, module: str) -> list[str]:
    """Return imports inside servers that go up, or from a part that answers calls to rows."""
    names = module.split(".")
    if names[0] != "servers" or names[1] in {"__init__"}:
        return []
    own, level = names[1], _level(names[1])
    if level is None:
        return [f"{module}: the part {own} is not in the table"]
    found = []
    for each in imports(source, module):
        target = each.target.split(".")
        if target[0] != "servers" or len(target) < 2 or target[1] == own:
            continue
        other = _level(target[1])
        rows = own in WITHOUT_ROWS and target[1] in ROWS
        if other is None or other >= level or rows:
            found.append(f"{module}:{each.line} imports {each.target}")
    return found


def _level(part: str) -> int | None:
    return next((level for level, parts in enumerate(SERVERS) if part in parts), None)


def impurities(source: str, module: str, stdlib: frozenset[str]) -> list[str]:
    """Return what a pure folder imports and may not."""
    rule = next((PURE[name] for name in PURE if f"{module}.".startswith(f"{name}.")), None)
    if rule is None:
        return []
    allowed, refused = rule
    return [
        f"{module}:{each.line} imports {each.target}"
        for each in imports(source, module)
        if not _is_pure(each.target, allowed, stdlib - refused)
    ]


def _is_pure(target: str, allowed: frozenset[str], stdlib: frozenset[str]) -> bool:
    return target.split(".")[0] in stdlib or any(f"{target}.".startswith(f"{a}.") for a in allowed)


def hidden_imports(source: str, module: str) -> list[str]:
    """Return imports inside functions but AppConfig.ready(), and those under TYPE_CHECKING."""
    return [
        f"{module}:{each.line} imports {each.target} inside {each.inside}"
        for each in imports(source, module)
        if each.inside and not (each.inside == "ready" and module.endswith(".apps"))
    ]


def broad_excepts(source: str) -> list[int]:
    """Return the lines of handlers that catch everything."""
    handlers = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ExceptHandler))
    return [handler.lineno for handler in handlers if _is_broad(handler.type)]


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    each = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    names = {node.id for node in each if isinstance(node, ast.Name)}
    return bool(names & {"Exception", "BaseException", "BaseExceptionGroup"})


def environment_reads(source: str) -> list[int]:
    """Return the lines that look at the environment; naming Django's settings module is none."""
    tree = ast.parse(source)
    named = {id(node.func.value) for node in ast.walk(tree) if _names_settings(node)}
    return [
        node.lineno
        for node in ast.walk(tree)
        if id(node) not in named
        and (
            (isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"})
            or (isinstance(node, ast.ImportFrom) and node.module == "os" and _takes(node))
        )
    ]


def _names_settings(node: ast.AST) -> bool:
    text = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE"'.replace('"', "'")
    return isinstance(node, ast.Call) and ast.unparse(node).startswith(text)


def _takes(node: ast.ImportFrom) -> bool:
    return bool({alias.name for alias in node.names} & {"environ", "getenv"})
