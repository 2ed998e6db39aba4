"""How the hub speaks MCP: protocol, transports, capabilities, the corridor every call walks."""
