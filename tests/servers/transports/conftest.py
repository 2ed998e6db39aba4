"""What these tests stand on: clients whose messages share a channel, over lines where a test says no more."""

from tests.peers import transport

__all__ = ["transport"]
