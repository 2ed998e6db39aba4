"""What the consent page says, as values: who asks, where it returns, what each scope opens. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts import scopes
from accounts.foreign import clean_line
from accounts.models import OAuthClient
from accounts.oauth.directory import Offer, OfferedTool
from accounts.oauth.provenance import Provenance, provenance_of
from accounts.oauth.redirects import LOOPBACK, host_of
from accounts.words import ScopeWords, words_of

LONGEST_NAME = 60
LONGEST_SENTENCE = 160
MOST_TOOLS = 200
NAMED_AT_ONCE = 3
MOST_UNFOLDED = 8


@dataclass(frozen=True, slots=True)
class Asker:
    """A client as pages for people name it, and how it is known."""

    name: str
    known: Provenance


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the client is sent back: a host, and whether that is this computer (loopback, app) or the web."""

    host: str
    kind: str

    @property
    def local(self) -> bool:
        """Whether a program on this computer gets the answer."""
        return self.kind != "web"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as a line of a list."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A scope to tick: what it means, what it includes, and what it opens on the server."""

    words: ScopeWords
    includes: tuple[ScopeWords, ...]
    asked: bool
    held: bool
    ticked: bool
    tools: tuple[Tool, ...] = ()
    unnamed: int = 0
    resources: int = 0
    prompts: int = 0

    @property
    def danger(self) -> bool:
        """Whether it lets a client destroy."""
        return self.words.danger

    @property
    def count(self) -> int:
        """How many tools it opens that lesser scopes do not."""
        return len(self.tools) + self.unnamed

    @property
    def unfolded(self) -> bool:
        """Whether its tools are listed at once: those that destroy, if asked for and not too many."""
        return self.danger and self.asked and self.count <= MOST_UNFOLDED

    @property
    def opens(self) -> bool:
        """Whether it opens anything."""
        return bool(self.tools or self.resources or self.prompts)

    @property
    def first(self) -> str:
        """Return the names of the first tools, as they stand in a sentence."""
        return ", ".join(tool.title for tool in self.tools[:NAMED_AT_ONCE])

    @property
    def further(self) -> int:
        """How many tools `first` leaves out."""
        return max(self.count - NAMED_AT_ONCE, 0)


def asker_of(client: OAuthClient) -> Asker:
    """Return how a client is named: its own words are never taken for more than that."""
    known = provenance_of(client)
    name = clean_line(client.name, LONGEST_NAME)
    return Asker(name or known.domain or "A client without a name", known)


def destination_of(redirect_uri: str) -> Destination:
    """Return where a registered redirect URI leads, by its host: the rest is the client's to choose."""
    host = host_of(redirect_uri)
    if host.endswith(":"):
        return Destination(host, "app")
    return Destination(host, "loopback" if host in LOOPBACK else "web")


def ticked_at_first(asked: Iterable[str], held: Iterable[str]) -> frozenset[str]:
    """Return what is ticked when the page opens: what is asked for, and what the client already has.

    A client that asks for one thing more would lose the rest otherwise. What destroys is ticked only
    where it is asked for now.
    """
    return scopes.expand({*asked} | ({*held} - {scopes.DESTRUCTIVE}))


def choices(
    offer: Offer, *, asked: Iterable[str], held: Iterable[str], ticked: Iterable[str]
) -> tuple[Choice, ...]:
    """Return every scope of the hub as something to tick, with what it opens on a server."""
    wanted, had, on = scopes.expand(asked), frozenset(held), frozenset(ticked)
    return tuple(
        _choice(words, offer, asked=words.scope in wanted, held=words.scope in had, on=on)
        for words in words_of(scopes.SCOPES)
    )


def _choice(
    words: ScopeWords, offer: Offer, *, asked: bool, held: bool, on: frozenset[str]
) -> Choice:
    """Return one scope as something to tick."""
    scope = words.scope
    tools = [tool for tool in offer.tools if tool.scope == scope]
    return Choice(
        words=words,
        includes=words_of(scopes.IMPLIES[scope] - {scope}),
        asked=asked,
        held=held,
        ticked=scope in on,
        tools=tuple(map(_tool, tools[:MOST_TOOLS])),
        unnamed=max(len(tools) - MOST_TOOLS, 0),
        resources=offer.resources if scope == scopes.READ else 0,
        prompts=offer.prompts if scope == scopes.PROMPTS else 0,
    )


def _tool(tool: OfferedTool) -> Tool:
    """Return a tool as a line of a list."""
    return Tool(
        name=tool.name,
        title=clean_line(tool.title, LONGEST_NAME) or tool.name,
        description=clean_line(tool.description, LONGEST_SENTENCE),
    )
