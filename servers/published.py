"""Published servers as immutable values: what a request needs, found without a query.

A `PublishedServer` answers two questions: which entry has this name, and what may this caller use?
The gate's verdicts are remembered for each group of callers that the rules cannot tell apart.
"""

import uuid
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from accounts.caller import Caller
from accounts.scopes import DEFAULT, READ
from catalog.authoring.uri_template import UriTemplate
from catalog.policy.checks.access import is_let_in
from catalog.policy.facts import Rule, Subject, Target
from catalog.policy.gate import judge_access
from catalog.policy.relevance import relevant
from catalog.policy.scopes import required_scope
from catalog.policy.verdict import Verdict
from catalog.runs import REQUIRED, Runs, runs_of
from catalog.schemas import Pair, validators
from servers.protocol.cursors import Place, make_cursor
from servers.protocol.jsonrpc import encode
from servers.protocol.listing import slim
from servers.protocol.mirrors import Mirror, mirrors_of
from servers.protocol.revisions import Revision
from servers.protocol.shapes import LIST_KEY, ResultShaper, shape_definition
from servers.search.index import Index, Visible

PAGE = 500
"""Entries a list page holds; many, because some clients never ask for a second page."""
MOST_PAGES = 64
"""Encoded pages kept for one group of callers; cursors are theirs to make up."""
MOST_ENCODED = 256
"""Encoded forms kept for one definition: one for each name and shape."""
OWN = "hub"
"""The kind of source that the hub's own tools are of; it is no source of the catalog's."""
MOST_GROUPS = 1_000
MOST_CALLERS = 10_000
Listing = Literal["full", "slim", "search"]
Recording = Literal["nothing", "arguments", "all"]


@dataclass(slots=True)
class Defined:
    """A definition, parsed once and shared by every snapshot that holds it."""

    sha256: str
    """Of the definition as its source gave it."""
    key: str
    """What names it as clients see it, with a curator's words."""
    kind: str
    body: dict[str, Any]
    required_scope: str
    encoded: dict[tuple[str, int, bool], bytes] = field(default_factory=dict)
    template: UriTemplate | None = None
    mirrors: tuple[Mirror, ...] = ()
    """Arguments that clients repeat in headers (2026-07-28)."""
    runs: Runs = Runs.INLINE
    needs_task: bool = False
    """Whether only a client that holds tasks may call it."""
    words: tuple[tuple[str, float], ...] | None = None
    """What it is found by, and how much each word says; read when it is searched for first."""

    @classmethod
    def read(cls, sha256: str, kind: str, body: dict[str, Any], key: str = "") -> "Defined":
        """Return a definition with what follows from it; `body` and `key` are as clients see it."""
        template = UriTemplate.parse(body["uriTemplate"]) if kind == "template" else None
        scope = required_scope(kind, body.get("annotations", {}))
        mirrors = mirrors_of(body.get("inputSchema", {}))
        return cls(
            sha256,
            key or sha256,
            kind,
            body,
            scope,
            template=template,
            mirrors=mirrors,
            runs=runs_of(body),
            needs_task=body.get("execution", {}).get("taskSupport") == REQUIRED,
        )

    def shaped(self, exposed_name: str, revision: Revision, *, slimmed: bool = False) -> bytes:
        """Return the definition as a list of this revision shows it, encoded; `slimmed` if it is slim."""
        key = (exposed_name, revision.shape, slimmed)
        blob = self.encoded.get(key)
        if blob is None:
            body = slim(self.body) if slimmed else self.body
            blob = encode(shape_definition(self.kind, body, exposed_name, revision))
            if len(self.encoded) >= MOST_ENCODED:
                self.encoded.clear()  # names it once had, on servers it once was on
            self.encoded[key] = blob
        return blob

    def validators(self) -> Pair:
        """Return what checks arguments and what checks results, where the definition has a schema."""
        return validators(self.sha256, self.body)


@dataclass(frozen=True, slots=True, eq=False)
class PublishedEntry:
    """One entry on one server, under the name clients see."""

    kind: str
    exposed_name: str
    position: int
    source_kind: str
    source: str
    name: str
    durable: bool
    target: Target
    defined: Defined
    public_id: uuid.UUID

    @property
    def served(self) -> bool:
        """Whether it is there to be used, access aside."""
        return self.target.enabled and not self.target.missing and self.target.source_enabled

    @property
    def read_only(self) -> bool:
        """Whether a call changes nothing, by its own word."""
        return self.kind != "tool" or bool(
            self.defined.body.get("annotations", {}).get("readOnlyHint")
        )

    @property
    def repeatable(self) -> bool:
        """Whether running it again changes nothing more, by its own word."""
        hints = self.defined.body.get("annotations", {})
        return self.read_only or bool(hints.get("idempotentHint"))


class Limit(NamedTuple):
    """How often one caller may call a server: so many a minute, up to `burst` of them at once."""

    server: str
    per_minute: int
    per_second: float
    burst: int

    @classmethod
    def of(cls, server: uuid.UUID, per_minute: int | None, burst: int | None) -> "Limit | None":
        """Return the limit that a server's row states, None for none."""
        if per_minute is None:
            return None
        return cls(server.hex, per_minute, per_minute / 60, burst or per_minute)


class Access:
    """What one group of callers may use on one server."""

    def __init__(self, server: "PublishedServer", subject: Subject) -> None:
        self._server, self._subject = server, subject
        self._verdicts: dict[PublishedEntry, Verdict] = {}
        self._marks: dict[str, int] = {}
        self._visible: dict[str, tuple[PublishedEntry, ...]] = {}
        self._usable: dict[str, Visible] = {}
        self._pages: OrderedDict[tuple[str, int, Place | None], bytes] = OrderedDict()

    def verdict(self, entry: PublishedEntry) -> Verdict:
        """Return whether the group may use the entry, scopes aside."""
        verdict = self._verdicts.get(entry)
        if verdict is None:
            verdict = judge_access(self._subject, entry.target, self._server.rules_on(entry))
            self._verdicts[entry] = verdict
        return verdict

    def visible(self, kind: str) -> tuple[PublishedEntry, ...]:
        """Return the entries of a kind the group may use, in the server's order."""
        entries = self._visible.get(kind)
        if entries is None:
            entries = tuple(e for e in self._server.ordered(kind) if self.verdict(e).allowed)
            self._visible[kind] = entries
        return entries

    def judged(self, kind: str) -> bool:
        """Return whether it is known already which entries of a kind the group may use."""
        return kind in self._usable

    def usable(self, kind: str) -> Visible:
        """Return which entries of a kind the group may use, as flags in the server's order."""
        usable = self._usable.get(kind)
        if usable is None:
            flags = bytes(self.verdict(entry).allowed for entry in self._server.ordered(kind))
            usable = self._usable[kind] = Visible(flags)
        return usable

    def listed(self, kind: str) -> tuple[PublishedEntry, ...]:
        """Return what the group's list of a kind holds: what it may use, or what finds that."""
        if kind != "tool" or not self._server.own:
            return self.visible(kind)
        return tuple(own for own in self._server.own.values() if self.verdict(own).allowed)

    def mark(self, kind: str) -> int:
        """Return what changes whenever the group's list of a kind does, on every process the same."""
        mark = self._marks.get(kind)
        if mark is None:
            mode = self._server.listing if kind == "tool" else ""
            names = tuple((e.exposed_name, e.defined.key) for e in self.listed(kind))
            said = blake2b(repr((mode, names)).encode(), digest_size=8).digest()
            mark = self._marks[kind] = int.from_bytes(said)
        return mark

    def page(self, kind: str, revision: Revision, after: Place | None) -> bytes:
        """Return the encoded list page that follows a place."""
        key = (kind, revision.shape, after)
        page = self._pages.get(key)
        if page is None:
            page = encode_page(self._server, self, kind, revision, after)
            self._pages[key] = page
            if len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(key)
        return page


@dataclass(eq=False)
class PublishedServer:
    """One published server as it stands in a snapshot."""

    public_id: uuid.UUID
    slug: str
    instructions: str
    public: bool
    team: int | None
    team_public_id: str
    rules: tuple[Rule, ...]
    entries: Mapping[str, Mapping[str, PublishedEntry]]
    shaper: ResultShaper
    info: dict[str, str]
    limit: Limit | None = None
    listing: Listing = "full"
    recording: Recording = "nothing"
    keep_days: int = 7
    own: Mapping[str, PublishedEntry] = field(default_factory=dict)
    """The hub's own tools, which stand for all others in its list of tools; empty for none."""
    index: Index | None = None
    """What its tools are found by, in their order, where they are searched."""
    _groups: OrderedDict[Subject, Access] = field(default_factory=OrderedDict)
    _callers: dict[tuple[int | None, frozenset[int]], Access] = field(default_factory=dict)
    _ordered: dict[str, tuple[PublishedEntry, ...]] = field(default_factory=dict)

    @cached_property
    def same_for_all(self) -> bool:
        """Whether every caller sees the same: what a shared cache may keep."""
        return self.public and not self.rules

    @cached_property
    def default_scopes(self) -> tuple[str, ...]:
        """The scopes a client of this server is told to ask for: to read, and what its entries need.

        Never the destructive one: a client asks for it when it has to, and a person then sees why.
        """
        entries = (entry for kind in self.entries.values() for entry in kind.values())
        needed = {READ, *(each.defined.required_scope for each in entries if each.served)}
        return tuple(scope for scope in DEFAULT if scope in needed)

    @property
    def shown_name(self) -> str:
        """What anybody may read of it: the title of a public server, else what they asked for."""
        return self.info["title"] if self.public else self.slug

    def access_of(self, caller: Caller) -> Access:
        """Return what a caller may use."""
        key = (caller.user, caller.teams)
        access = self._callers.get(key)
        if access is None:
            access = self._group(relevant(Subject(*key), self.team, self.rules))
            if len(self._callers) >= MOST_CALLERS:
                self._callers.clear()
            self._callers[key] = access
        return access

    def usual_access(self) -> Access:
        """Return what they may use whom no rule names: anyone, or the members of its team."""
        teams = frozenset({self.team} if self.team is not None and not self.public else ())
        return self._group(relevant(Subject(None, teams), self.team, self.rules))

    def _group(self, subject: Subject) -> Access:
        """Return the access of all callers that the rules cannot tell apart."""
        access = self._groups.get(subject)
        if access is None:
            access = self._groups[subject] = Access(self, subject)
            if len(self._groups) > MOST_GROUPS:
                self._groups.popitem(last=False)
        return access

    def lets_in(self, caller: Caller) -> bool:
        """Return whether a caller may use anything here, as far as server and rules go."""
        subject = Subject(caller.user, caller.teams)
        return self.public or is_let_in(subject, self.team, self.rules)

    @cached_property
    def called(self) -> Mapping[str, Mapping[str, PublishedEntry]]:
        """What clients may call by name: the entries, and before those the hub's own tools."""
        return {**self.entries, "tool": {**self.entries["tool"], **self.own}}

    def find(self, kind: str, name: str, via: str = "") -> PublishedEntry | None:
        """Return what clients call by this name, whoever asks; `via` a tool of the hub's own, an entry."""
        return (self.entries if via else self.called)[kind].get(name)

    def rules_on(self, entry: PublishedEntry) -> tuple[Rule, ...]:
        """Return the rules that an entry is judged by."""
        return self._rules_on_own if entry.source_kind == OWN else self.rules

    @cached_property
    def _rules_on_own(self) -> tuple[Rule, ...]:
        return rules_on_own(self.rules)

    def may_read(self, access: Access, uri: str) -> bool:
        """Return whether a group may read an address: a resource's own, or one a template covers."""
        entry = self.find("resource", uri)
        if entry is not None:
            return access.verdict(entry).allowed
        return any(
            entry.defined.template is not None and entry.defined.template.match(uri) is not None
            for entry in access.visible("template")
        )

    def ordered(self, kind: str) -> tuple[PublishedEntry, ...]:
        """Return the entries of a kind in the order clients see: position, then name."""
        entries = self._ordered.get(kind)
        if entries is None:
            entries = tuple(sorted(self.entries[kind].values(), key=place))
            self._ordered[kind] = entries
        return entries


def rules_on_own(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules that the hub's own tools are judged by.

    Rules name what is published: its own tools are for whoever may use any of it.
    """
    return tuple(
        replace(rule, pattern="*", tag=None)
        for rule in rules
        if rule.effect == "allow" or (rule.pattern == "*" and rule.tag is None)
    )


def encode_page(
    server: PublishedServer, access: Access, kind: str, revision: Revision, after: Place | None
) -> bytes:
    """Return the encoded list page that follows a place: at most PAGE entries, and where to go on."""
    entries, slimmed = access.listed(kind), server.listing == "slim" and kind == "tool"
    start = 0 if after is None else bisect_right(entries, after, key=place)
    page = entries[start : start + PAGE]
    blobs = b",".join([e.defined.shaped(e.exposed_name, revision, slimmed=slimmed) for e in page])
    more = b""
    if start + PAGE < len(entries):
        more = b',"nextCursor":' + encode(make_cursor(place(page[-1])))
    body = b'{"%b":[%b]%b}' % (LIST_KEY[kind].encode(), blobs, more)
    return server.shaper.cacheable(body, revision, public=server.same_for_all)


def place(entry: PublishedEntry) -> Place:
    """Return where an entry stands in its server's lists."""
    return entry.position, entry.exposed_name
