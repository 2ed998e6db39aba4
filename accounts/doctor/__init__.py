"""The connection doctor from outside: walks the way in as a client does, over HTTP alone.

It knows nothing of the hub it looks at but the address that a person would type: no database, no
settings. What it finds has a code in `faults.py`, with what it means and how it is put right.
"""
