"""Listing mode "search": the three tools that stand for all others of a server.

tools.py says where they stand, indexing.py by which words a tool is found, capability.py does their work.
`call_tool` does none: it is the call of the tool it names (`servers/methods/tools.py`).
"""
