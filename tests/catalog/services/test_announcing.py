from typing import Any

import pytest
from django.db import transaction

from catalog.models import CatalogVersion
from catalog.selectors import catalog_number
from catalog.services import announce, announcing


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What went onto the bus."""
    said: list[tuple[str, str]] = []

    class Bus:
        @staticmethod
        def publish(topic: str, payload: str) -> None:
            said.append((topic, payload))

    monkeypatch.setattr(announcing, "bus", Bus)
    return said


def test_number_rises_by_one_and_is_published(db: None, published: list[Any]) -> None:
    assert [announce(), announce()] == [1, 2]
    assert published == [("catalog", "1"), ("catalog", "2")]
    assert catalog_number() == 2


def test_there_is_one_row_however_often_it_is_announced(db: None) -> None:
    announce()
    announce()
    assert CatalogVersion.objects.count() == 1


def test_nothing_is_published_before_the_commit(db: None, published: list[Any]) -> None:
    with transaction.atomic():
        announce()
        assert published == []
    assert published == [("catalog", "1")]


def test_nothing_is_said_of_what_is_rolled_back(db: None, published: list[Any]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        announce()
        _ = 1 / 0
    assert published == []
    assert catalog_number() == 0
