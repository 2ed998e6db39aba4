"""Steps that make curators' words what the file says."""

from collections.abc import Iterator

from servers.state.desired import DesiredWords
from servers.state.known import Known
from servers.state.steps import Step


def plan_words(wanted: DesiredWords, known: Known) -> Iterator[Step]:
    """Yield what gives an entry the words that the file states, if it has others."""
    entry = known.entry(wanted)
    stated = {"title": wanted.title, "description": wanted.description}
    now = entry.own_words._asdict()
    words = {name: text for name, text in stated.items() if text not in (None, now[name])}
    if words:
        what = f"{entry.kind} {entry.name} of {entry.source}: {', '.join(words)}"
        args = {"entry": entry, "words": words}
        yield Step("update", what, wanted.line, "set_words", args)
