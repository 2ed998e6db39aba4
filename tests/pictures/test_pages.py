"""Every page of the table in Chromium: it answers, fits, breaks no policy, and axe-core finds nothing."""

import os
from pathlib import Path

import pytest

from tests.clients.installing import InstallError
from tests.pictures import axe, looking
from tests.pictures.rows import PAGES
from tests.pictures.table import SCHEMES, WIDTHS, Page

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
def viewer(source, tmp_path_factory):
    """A browser before a hub with something to see."""
    if not Path(looking.CHROMIUM).exists():
        assert os.environ.get("CI") != "true", "There is no Chromium."
        pytest.skip(f"there is no {looking.CHROMIUM}")
    with looking.viewing(tmp_path_factory.mktemp("pictures"), source) as viewer:
        yield viewer


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_is_as_a_person_needs_it(viewer, page):
    assert viewer.look(page, tuple(zip(WIDTHS, SCHEMES, strict=True))) == []


def test_page_that_is_wrong_is_complained_about(viewer):
    page = Page("wrong", "/nosuch/")
    with viewer.tab(page, 360, "light") as tab:
        tab.goto(viewer.scene.address(page))
        tab.evaluate("document.querySelector('main').innerHTML = '<img src=x><p id=w>w'")
        tab.evaluate("document.getElementById('w').style.width = '900px'")
        complaints = viewer.judge(tab, page)
    assert "wider than the window" in complaints
    assert any(one.startswith("axe: image-alt") for one in complaints)
    assert "status 404" in viewer.look(page, [(360, "light")])


def test_what_breaks_the_policy_is_heard(viewer):
    page = Page("policy", "/")
    with viewer.tab(page, 360, "light") as tab:
        heard = []
        tab.on("console", lambda message: heard.extend(looking._heard(page, message)))
        tab.goto(viewer.scene.address(page))
        tab.evaluate("document.body.setAttribute('onclick', 'alert(1)'); document.body.click()")
    assert any("Content Security Policy" in one for one in heard)


def test_names_of_pictures_are_different():
    assert len({page.name for page in PAGES}) == len(PAGES)
