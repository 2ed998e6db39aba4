"""What the journeys stand on."""

from tests.journey import hub, journey_browser, opens

__all__ = ["hub", "journey_browser", "opens"]
