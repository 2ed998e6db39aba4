"""The one way the hub itself fetches an address that strangers named."""
