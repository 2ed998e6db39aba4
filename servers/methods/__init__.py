"""One file for each group of the protocol's methods."""
