"""The curated shelves: where entries come from, their definitions and versions, and the policy."""
