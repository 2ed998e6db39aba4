"""How each MCP client is told about a server: a table of clients, and their snippets with an address in.

Everything a page says about a client stands in `clients.yaml`; quoting is done by code, for the format
a snippet is in. Pure: an address goes in, text and links come out.
"""
