"""Steps that make sources trusted or reviewed, as the file says."""

from collections.abc import Iterator

from servers.state.desired import DesiredTrust
from servers.state.known import Known
from servers.state.steps import Step


def plan_trust(wanted: DesiredTrust, known: Known) -> Iterator[Step]:
    """Yield what makes the changes of a source trusted or reviewed."""
    source = known.source(wanted.line, wanted.source)
    if wanted.changes not in (None, source.changes):
        args = {"source": source, "changes": wanted.changes}
        what = f"source {source}: changes: {wanted.changes}"
        yield Step("update", what, wanted.line, "set_source_changes", args)
