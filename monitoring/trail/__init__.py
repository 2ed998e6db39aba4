"""The trail as people look at it: narrowed, by pages, over time, exported, verified.

The trail itself is written and checked in monitoring/audit/.
"""
