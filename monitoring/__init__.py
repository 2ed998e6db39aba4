"""Who did what, and is the house well: audit trail, metrics, health, tracing, announcements."""
