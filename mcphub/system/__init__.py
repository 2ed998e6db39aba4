"""The system page: is the hub well, what runs, what is set, and a text of it for a report of a fault."""
