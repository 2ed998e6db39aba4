"""Bytes to protocol values and back, one file a transport."""
