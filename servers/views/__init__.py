"""The pages of this room, one a file."""
