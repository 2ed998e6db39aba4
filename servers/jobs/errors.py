"""What this part refuses.

JobsError
└── TooManyJobs   the user, or the server, has as many open jobs as it may
"""


class JobsError(Exception):
    """Anything that becoming a job is refused for."""


class TooManyJobs(JobsError):
    """No further job may be open; the text is for the caller."""
