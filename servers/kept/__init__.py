"""Rows that pass: what is kept between two requests of one client. One file for each kind.

Plain functions for a thread of their own; nothing here knows the event loop or the protocol.
"""
