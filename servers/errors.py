"""What the services of this room refuse. Every message is a sentence that a person may read.

ServersError
    NotAllowed       the acting user may not do this
    InvalidValue     a value does not fit its field
        BadName      clients could not use this exposed name
    NameTaken        the address or exposed name is in use, or the entry is there already
    FollowsSource    the row follows from "all of a source" and would come back
    Gone             what should be changed is no longer there
    Conflict         somebody else changed the same thing at the same moment
    AskedLately      a request for access was declined not long ago
    Answered         the request for access has its answer already
    StillDenied      an access rule would deny what a request asks for
    AlreadyStopped   what should be stopped is
    Ended            the job that should be cancelled has ended
    NotEnded         the job is not at an end, or not at one that allows this
    StateRefused     a state file is not understood, or names what does not exist
"""


class ServersError(Exception):
    """Anything a service of this room refuses."""


class NotAllowed(ServersError):
    """The acting user may not do this."""


class InvalidValue(ServersError):
    """A value does not fit its field."""


class BadName(InvalidValue):
    """Clients could not use this exposed name."""


class NameTaken(ServersError):
    """The address or exposed name is in use, or the entry is there already."""


class FollowsSource(ServersError):
    """The row follows from "all of a source" and would come back with the next change of it."""


class Gone(ServersError):
    """What should be changed is no longer there."""


class Conflict(ServersError):
    """Somebody else changed the same thing at the same moment; trying again may help."""


class AskedLately(ServersError):
    """A request for access was declined not long ago; it may be made again later."""


class Answered(ServersError):
    """The request for access has its answer already."""


class StillDenied(ServersError):
    """An access rule denies the person everything on the server, so that no other lets them in."""


class AlreadyStopped(ServersError):
    """What should be stopped is stopped already, with a reason of its own."""


class Ended(ServersError):
    """The job that should be cancelled has ended."""


class NotEnded(ServersError):
    """The job is not at an end, or not at one that allows this."""


class StateRefused(ServersError):
    """A state file is not understood, or names what does not exist, told with its line."""

    def __init__(self, line: int, reason: str) -> None:
        """Keep the line, counted from 1, beside the reason."""
        super().__init__(f"line {line}: {reason}")
        self.line, self.reason = line, reason
