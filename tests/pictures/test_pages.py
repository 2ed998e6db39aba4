"""Every page of the table in Chromium: it answers, fits, breaks no policy, and axe-core finds nothing."""

import os
from pathlib import Path

import pytest

from tests import live
from tests.clients.installing import InstallError
from tests.pictures import axe, looking
from tests.pictures.table import PAGES, SCHEMES, WIDTHS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def source():
    """axe-core's source; skipped where npm cannot be reached, but never in CI."""
    try:
        return axe.source()
    except InstallError as error:
        assert os.environ.get("CI") != "true", str(error)
        pytest.skip(f"axe-core cannot be had from npm: {error}")


@pytest.fixture(scope="module")
def browser():
    if not Path(looking.CHROMIUM).exists():
        pytest.skip(f"there is no {looking.CHROMIUM}")
    with looking.chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    hub = live.start(tmp_path_factory.mktemp("pictures"), "uvicorn")
    try:
        yield looking.made(hub)
    finally:
        live.end(hub)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_is_as_a_person_needs_it(browser, scene, source, page):
    for width, scheme in zip(WIDTHS, SCHEMES, strict=True):
        assert looking.look(browser, scene, page, width, scheme, axe=source).complaints == []


def test_a_page_that_is_wrong_is_found(browser, scene, source):
    """The judge judges: a page made bad is complained about in each way."""
    page = PAGES[0]
    with looking._context(browser, scene, page, 360, "light") as context:
        tab = context.new_page()
        tab.goto(scene.address(page))
        tab.evaluate("document.querySelector('main').innerHTML = '<img src=x><div id=w>w</div>'")
        tab.evaluate("document.getElementById('w').style.width = '900px'")
        assert tab.evaluate(looking.OVERFLOWS)
        found = looking._judged(tab, source, frozenset())
        assert any(one.startswith("axe: image-alt") for one in found)


def test_names_of_pictures_are_different():
    assert len({page.name for page in PAGES}) == len(PAGES)
