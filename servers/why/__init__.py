"""Why somebody may use something or not: rows to facts, the explainer's answer, and that in words.

The judging is catalog/policy/explaining's; here is what it is told, and what is read of it.
"""
