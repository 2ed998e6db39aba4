"""Work that outlives a request: accepted as a row, done by a worker, watched by whoever asked.

The row is the truth, everything else only a bell: a broker or a bus may lose what it carries. Promises
(docs/jobs.md): what was accepted is committed before its answer leaves; a job ends once and for good; what
may not be repeated is never begun twice; progress never goes back.
"""
