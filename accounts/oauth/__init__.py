"""The OAuth side of this room: scopes, and what accounts may ask about servers."""
