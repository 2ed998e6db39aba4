"""Words and how they are found: an index over texts, in memory. Pure; knows nothing of tools."""
