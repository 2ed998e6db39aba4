"""Where entries come from: one folder a kind of source."""
