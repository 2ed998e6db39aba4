"""origins.py: which files are sources, and what comes with the hub only when it was published."""

import pytest

from catalog.models import Source
from mcphub.origins import CONFORMANCE, DEMO, SHIPPED, origins, possible
from tests import make


def keys(found):
    return [origin.key for origin in found]


def test_what_comes_with_the_hub_is_possible_and_no_source_before_the_catalog_has_it(db):
    assert keys(possible()) == [each.origin.key for each in SHIPPED]
    assert origins() == []
    make.source(CONFORMANCE.origin.key, kind=Source.Kind.PYTHON)
    assert origins() == [CONFORMANCE.origin]


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda each: each.path.stem)
def test_another_file_of_a_shipped_key_is_refused_also_while_that_is_not_used(
    db, settings, tmp_path, shipped
):
    theirs = tmp_path / "examples" / shipped.path.name
    theirs.parent.mkdir()
    theirs.write_text("")
    settings.TOOL_PATHS = [str(theirs)]
    (origin,) = origins()
    assert "same folder and file name" in origin.refusal and origin.path == theirs


def test_shipped_file_that_is_named_in_the_settings_is_there_once(db, settings):
    settings.TOOL_PATHS = [str(DEMO.path)]
    (origin,) = origins()
    assert (origin.key, origin.home) == (DEMO.origin.key, DEMO.path)
    assert keys(possible()).count(DEMO.origin.key) == 1
