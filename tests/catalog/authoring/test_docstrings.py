"""Docstrings in the three common habits."""

from typing import Any

import pytest

from catalog.authoring.docstrings import documentation_of


def google(**_: Any) -> None:
    """Find a thing,
    wherever it is.

    More that models need not read.

    Args:
        word: what to look for,
            in any case
        limit (int, optional): at most: this many

    Returns:
        nothing: at all
    """


def numpy(**_: Any) -> None:
    """Find a thing,
    wherever it is.

    Parameters
    ----------
    word : str
        what to look for,
        in any case
    limit
        at most: this many

    Returns
    -------
    None
        nothing
    """


def sphinx(**_: Any) -> None:
    """Find a thing,
    wherever it is.

    :param word: what to look for,
        in any case
    :param int limit: at most: this many
    :returns: nothing
    """


@pytest.mark.parametrize("function", [google, numpy, sphinx])
def test_summary_and_parameters_are_read(function: object) -> None:
    found = documentation_of(function)
    assert found.summary == "Find a thing, wherever it is."
    assert found.parameters == {
        "word": "what to look for, in any case",
        "limit": "at most: this many",
    }


def hasty(**_: Any) -> None:
    """Find.
    Parameters
    ----------
    word : str
        x
    """


def only_arguments(**_: Any) -> None:
    """
    Args:
        word: x
    """


def test_summary_ends_where_a_section_starts() -> None:
    found = documentation_of(hasty)
    assert (found.summary, found.parameters) == ("Find.", {"word": "x"})


def test_docstring_without_summary_has_none() -> None:
    found = documentation_of(only_arguments)
    assert (found.summary, found.parameters) == (None, {"word": "x"})


def test_no_docstring_is_fine() -> None:
    assert documentation_of(lambda: None).summary is None
