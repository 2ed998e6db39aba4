"""The steps of the walk, one a file: each takes the case, and returns in a sentence how it went."""
