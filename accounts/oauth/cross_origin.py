"""What lets any web page use the OAuth endpoints that need no cookie (CORS, Fetch standard). Pure.

A client that runs in a browser has an origin nobody could have listed beforehand. Nothing is lost:
these addresses look at no cookie, and "*" never lets a page send one along and read the answer. Not
for /authorize, which is a page for people, and not for /mcp/*, which has its list of origins.
"""

EXPOSED = "WWW-Authenticate, Retry-After"
READABLE = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED}
"""On every answer."""
PREFLIGHT = {
    **READABLE,
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, MCP-Protocol-Version",
    "Access-Control-Max-Age": "600",
}
"""On the answer to a preflight."""
