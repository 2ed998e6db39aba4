"""Pure MCP: values and rules. No Django, no I/O, no clock, no async."""
