"""One check a file: each gives a verdict, or None where it has nothing to say."""
