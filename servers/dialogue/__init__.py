"""How a running call talks with its client: questions, steps that happen once, what is kept.

`live` asks on the call's own stream (2025-x), `rounds` ends the call and has it run again with the
answers (2026-07-28); what both share is in `talk`.
"""
