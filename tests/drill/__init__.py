"""`make drill`: what holds when parts of a hub die, and how soon a change on one process holds on another."""
