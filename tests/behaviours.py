"""The manifest: how MCP's revisions want a server to behave, and where each behaviour is written.

Each row has an id, the page of the newest revision that says it (under docs/specification/ of the
specification's repository, unless it begins with docs/ or seps/), the revisions and transports it
applies to ("both": stdio, and whatever a revision has over HTTP), and what the hub does, in one sentence.
`tests/test_behaviours.py` fails for every revision and transport on which no test shows it. A row that is
"not here" says why.

Errors to requests whose id could not be read have no id, on every revision: the schemas of
2025-11-25 and 2026-07-28 say so, the older ones know no form for it (A4, A5).
"""

import re
from dataclasses import dataclass

from tests.oracle import REVISIONS

TRANSPORTS = ("http", "stdio", "sse")
# 2024-11-05 has a transport of its own over HTTP.
SERVED = {"http": REVISIONS[1:], "stdio": REVISIONS, "sse": REVISIONS[:1]}

TABLE = """
# JSON-RPC and _meta
A1 | 2026-07-28/basic/index | all | both
    Messages are UTF-8; an id is a text or a whole number; notifications get no reply.
A2 | 2025-11-25/basic/index | ..2025-11-25 | both
    Requests to a client never have an id that was used before in the session.
A3 | 2026-07-28/basic/index | 2026-07-28 | both
    Two requests with the same id are two requests, at once or one after another.
A4 | 2026-07-28/basic/index | all | both
    An answer has its request's id and either a result or an error with code and text.
A5 | 2026-07-28/basic/index | 2026-07-28 | both
    An error has the id of its request wherever that could be read.
A6 | 2025-03-26/basic/index | 2025-03-26 | both
    A batch of requests and notifications, or of responses, is taken; one with initialize is refused.
A7 | 2026-07-28/basic/index | 2025-06-18.. | http
    A body that is an array is refused with 400.
A8 | 2026-07-28/basic/index | 2026-07-28 | both
    Every result says of which type it is.
A9 | 2025-11-25/schema | ..2025-11-25 | both
    Results have no resultType, ttlMs and cacheScope before 2026-07-28.
A10 | 2026-07-28/basic/index | 2026-07-28 | both
    No error has a code that was retired or is reserved without a meaning.
A11 | 2026-07-28/basic/index | 2026-07-28 | both
    Codes of the hub's own lie outside of what JSON-RPC reserves.
A12 | 2026-07-28/basic/patterns/index | 2026-07-28 | both
    The hub sends no requests.
A13 | seps/2260-Require-Server-requests-to-be-associated-with-Client-requests | 2025-03-26..2025-11-25 | both
    The hub asks a client only while it serves a request of that client.
A14 | 2026-07-28/basic/index | 2026-07-28 | both
    What one request said of its client does not hold for the next.
A15 | 2026-07-28/basic/index | 2026-07-28 | both
    State that outlives a request is reached by a handle that the client passes.
A16 | 2026-07-28/basic/index | all | both
    Keys of _meta have the prescribed form and take no reserved prefix.
A17 | 2026-07-28/basic/index | 2026-07-28 | both
    A trace context that comes with a request is kept.
A18 | 2026-07-28/basic/index | 2026-07-28 | both
    Every result names the server in its _meta.
A19 | 2026-07-28/basic/index | 2026-07-28 | both
    What a client calls itself changes nothing.

# Eras and versions
B1 | 2026-07-28/basic/versioning | all | both
    One address serves every revision the hub speaks.
B2 | 2026-07-28/basic/versioning | 2026-07-28 | both
    The era is told by headers and _meta, not by the method: what ended with the handshake is unknown.
B3 | 2026-07-28/basic/index | 2026-07-28 | both
    A request whose _meta lacks version or capabilities has invalid parameters.
B4 | 2026-07-28/basic/index | 2026-07-28 | both
    A client need not name itself.
B5 | 2026-07-28/basic/versioning | 2026-07-28 | both
    A version that is not served is refused with those that are.
B6 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    A version header that is not what _meta says is a mismatch.
B7 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    A missing version, method or name header is a mismatch.
B9 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | both
    An unknown method is not found, over HTTP with 404.
B10 | 2026-07-28/basic/index | 2026-07-28 | both
    What needs a capability the client did not declare is refused with its name.
B11 | 2026-07-28/server/discover | 2026-07-28 | both
    Discovery tells versions and capabilities.
B12 | 2025-11-25/basic/lifecycle | ..2025-11-25 | both
    initialize is answered with the version asked for, or else with the latest that has a handshake.
B13 | 2026-07-28/basic/versioning | ..2025-11-25 | both
    initialize is never answered with 2026-07-28.
B14 | 2025-11-25/basic/lifecycle | ..2025-11-25 | both
    Before a client says it is ready it is sent nothing but answers, pings and log.
B15 | 2025-11-25/basic/lifecycle | 2025-06-18..2025-11-25 | both
    A session keeps to its version and to what its client declared.
B16 | 2025-11-25/basic/transports | 2025-06-18..2025-11-25 | http
    A version header that no session speaks is refused with 400.
B17 | 2025-11-25/basic/transports | 2025-03-26..2025-11-25 | http
    A request without a version header is of its session's revision.
B20 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    Every refusal by status is decided before a byte of a stream left.

# Streamable HTTP, on every revision
C1 | 2026-07-28/basic/transports/streamable-http | 2025-03-26.. | http
    The origin of every request is checked.
C2 | 2026-07-28/basic/transports/streamable-http | 2025-11-25.. | http
    A foreign origin is refused with 403.
C3 | 2026-07-28/basic/transports/streamable-http | 2025-03-26.. | http
    A foreign host is refused, on this machine too.
C4 | 2026-07-28/basic/transports/streamable-http | 2025-03-26.. | http
    By default the hub listens to this machine alone.
C5 | 2026-07-28/basic/transports/streamable-http | 2025-03-26.. | http
    Everything a client sends is a POST to one address.
C6 | 2026-07-28/basic/transports/streamable-http | 2025-03-26.. | http
    A notification is accepted with 202 and no body, or refused with a 4xx.
C7 | 2026-07-28/basic/transports/streamable-http | 2025-03-26.. | http
    A request is answered with JSON or a stream of events.
C8 | seps/2243-http-standardization | 2025-03-26.. | http
    Too large a body, another content type and an Accept that takes neither form have their statuses.
C9 | 2026-07-28/basic/transports/streamable-http | 2025-03-26.. | http
    Pages of listed origins may send and read MCP's headers.
C10 | 2026-07-28/basic/authorization/index | 2025-03-26.. | http
    The token is checked on every request, whatever its verb.

# Streamable HTTP with sessions
D1 | 2025-11-25/basic/transports | 2025-03-26..2025-11-25 | http
    initialize hands out a session id that is visible ASCII and cannot be guessed.
D2 | 2025-11-25/basic/transports | 2025-03-26..2025-11-25 | http
    A request without its session is refused with 400.
D3 | 2025-11-25/basic/transports | 2025-03-26..2025-11-25 | http
    A session that ended, or was never ours, is answered with 404.
D4 | 2025-11-25/basic/transports | 2025-03-26..2025-11-25 | http
    DELETE ends a session.
D5 | 2025-11-25/basic/transports | 2025-03-26..2025-11-25 | http
    GET opens a stream of events or is refused with 405.
D6 | 2025-11-25/basic/transports | 2025-03-26..2025-11-25 | http
    No answer stands on the stream that GET opened, unless it resumes one.
D7 | 2025-11-25/basic/transports | 2025-03-26..2025-11-25 | http
    A message is sent on one stream only.
D8 | 2025-11-25/basic/transports | 2025-03-26..2025-11-25 | http
    A client that leaves cancels nothing.
D9 | 2025-11-25/basic/transports | 2025-03-26..2025-11-25 | http
    Events have ids; after Last-Event-ID the rest of the same stream is sent, and of no other.
D10 | 2025-11-25/basic/transports | 2025-11-25 | http
    A stream begins with an event that has an id and no data; retry is told before it is closed early.
D11 | 2025-11-25/basic/transports | 2025-03-26..2025-11-25 | http
    A stream is resumed by GET, whether a POST or a GET began it.
D12 | 2025-06-18/basic/transports | 2025-03-26..2025-06-18 | http
    A stream stays open until its answer was sent.
D13 | 2025-11-25/basic/transports | 2025-03-26..2025-11-25 | http
    A stream ends with its answer.
D14 | 2025-03-26/basic/transports | 2025-03-26 | http
    The stream that answers a batch carries one response for each of its requests.
D15 | docs/docs/2025-11-25/tutorials/security/security_best_practices | 2025-03-26..2025-11-25 | http
    A session is no credential, and is bound to its user.

# Streamable HTTP since 2026-07-28
E2 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    Session and event ids from another age are not looked at, and none is given.
E3 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    Closing the stream cancels its request.
E4 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    What stands on a request's stream is about that request.
E5 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    The answer ends the stream.
E6 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    Proxies are asked not to buffer a stream, and a silent one is kept alive.
E7 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    Events have no ids.
E8 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    Names of headers may be written in any case; blanks around their values do not count.
E9 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    The method header says what the body says.
E10 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    The name header says what the body says, once decoded.
E12 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    A name header in base64 is decoded; one that is none is a mismatch.
E13 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    A parameter's header says what its argument says, and is there if the argument is.
E14 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    Whole numbers in headers are compared as numbers.
E15 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    A parameter's header with characters that headers have not is refused.
E18 | 2026-07-28/server/tools | 2026-07-28 | http
    A parameter's header is declared with a name that headers can have, once, on plain values.

# HTTP+SSE
F1 | 2024-11-05/basic/transports | 2024-11-05 | sse
    There are two addresses: one to hear on, one to post to.
F2 | 2024-11-05/basic/transports | 2024-11-05 | sse
    A stream says first where messages go; what the hub says are events of the type message.
F3 | 2024-11-05/basic/transports | 2024-11-05 | sse
    The origin of every connection is checked.
F4 | 2026-07-28/basic/transports/streamable-http | 2024-11-05 | sse
    The old addresses stand beside the new one, and a client that tries the new way first falls back.
F5 | 2026-07-28/deprecated | 2024-11-05 | sse
    No page and no metadata of the hub's leads a client to the deprecated transport.
F6 | docs/protocol.md | 2024-11-05 | sse
    Messages are taken from the stream's own user and client alone, 404 is told of one that is gone.

# stdio
G1 | 2026-07-28/basic/transports/stdio | all | stdio
    A message is one line; nothing else is written to standard output.
G2 | 2026-07-28/basic/transports/stdio | 2026-07-28 | stdio
    The hub writes no requests, and takes no answers.
G3 | 2026-07-28/basic/transports/stdio | 2026-07-28 | stdio
    A cancelled request is answered no more.
G4 | 2026-07-28/basic/transports/stdio | all | stdio
    The process ends when its input does.
G7 | 2026-07-28/basic/authorization/index | all | stdio
    There is no OAuth: who calls is told when the process is started.
G8 | 2026-07-28/basic/index | 2026-07-28 | stdio
    One process may serve several conversations.

# Tools and their schemas
H1 | 2026-07-28/server/tools | all | both
    A server with tools declares them.
H2 | 2026-07-28/server/tools | 2026-07-28 | both
    The list depends on who asks, not on the connection or on what was called.
H3 | 2026-07-28/server/tools | 2026-07-28 | both
    The list has an order that stays.
H4 | 2026-07-28/server/tools | all | both
    Arguments are validated, access is judged, calls are limited, results are checked.
H5 | 2026-07-28/server/tools | all | both
    An unknown tool is an invalid parameter.
H6 | 2026-07-28/server/tools | 2025-11-25.. | both
    Arguments that break the schema are told in a result.
H7 | 2026-07-28/server/tools | 2025-06-18.. | both
    Structured content keeps to the output schema.
H8 | 2026-07-28/server/tools | 2025-06-18.. | both
    Structured content stands in a text too.
H9 | 2025-11-25/schema | 2025-06-18..2025-11-25 | both
    Output schemas and structured content are objects.
H10 | 2026-07-28/server/tools | all | both
    An input schema describes an object; one without arguments says so.
H11 | 2026-07-28/server/tools | 2025-11-25.. | both
    Names of tools are such as clients take, and unique on their server.
H14 | 2026-07-28/schema | 2026-07-28 | both
    No tool speaks of execution.
H16 | 2025-03-26/server/tools | ..2025-03-26 | both
    Content that a revision does not know is sent in a form that it does.
H17 | 2026-07-28/schema | 2025-03-26.. | both
    Hints that are absent mean what the schema says: it writes and destroys.
H18 | 2026-07-28/server/tools | all | both
    A tool that is listed without its output schema keeps to it all the same.
H19 | 2026-07-28/server/tools | all | both
    A list that stands for others holds what finds them; a call through it is the call itself.
H20 | docs/control.md | all | both
    What an administrator has stopped answers those who may use it with the reason, a tool in its
    result, and is still listed; to all others it is as unknown as before.
I1 | 2026-07-28/basic/index | 2025-11-25.. | both
    Schemas are of the dialect 2020-12; another one that they name is refused.
I2 | 2026-07-28/basic/index | 2026-07-28 | both
    No reference is fetched.
I3 | 2026-07-28/basic/index | 2026-07-28 | both
    A schema that refers beyond itself is refused.
I4 | 2026-07-28/basic/index | 2026-07-28 | both
    Depth, size and cost of a schema are bounded.
I5 | 2026-07-28/basic/index | 2025-11-25.. | both
    The documentation says which dialects are taken.

# Resources, prompts, completion, pages, caching
J1 | 2026-07-28/server/resources | all | both
    A server with resources declares them, and only what it does with them.
J2 | 2026-07-28/server/resources | 2026-07-28 | both
    An unknown resource is an invalid parameter, never empty.
J3 | 2025-11-25/server/resources | ..2025-11-25 | both
    An unknown resource has a code of its own.
J4 | 2026-07-28/server/resources | all | both
    An address leads only to what is published; bytes are sent as base64.
J5 | 2025-11-25/server/resources | ..2025-11-25 | both
    A resource is subscribed to, and let go of.
J6 | 2026-07-28/server/resources | all | both
    Whoever may hear of it hears that a list has changed.
J7 | 2026-07-28/server/prompts | all | both
    A server with prompts declares them; their arguments are checked, media are base64 with a type.
J8 | 2026-07-28/server/prompts | all | both
    An unknown prompt and a missing argument are invalid parameters.
J9 | 2026-07-28/server/utilities/completion | 2025-03-26.. | both
    A server that completes declares it.
J10 | 2026-07-28/server/utilities/completion | all | both
    At most 100 values are suggested, and only of what the caller may use.
J11 | 2026-07-28/server/utilities/pagination | all | both
    Cursors hold their place; one that is not ours, the empty text too, is an invalid parameter.
J12 | 2026-07-28/server/utilities/completion | 2025-06-18.. | both
    Suggestions know the arguments that were chosen before.
J13 | 2026-07-28/server/resources | 2026-07-28 | both
    Lists of resources and prompts do not depend on the connection.
K1 | 2026-07-28/server/utilities/caching | 2026-07-28 | both
    Whatever may be cached says for how long and by whom.
K2 | 2026-07-28/server/utilities/caching | 2026-07-28 | both
    All pages of a list have the same scope.
K3 | 2026-07-28/server/utilities/caching | 2026-07-28 | both
    A question says nothing of caching.
K4 | 2026-07-28/server/utilities/caching | 2026-07-28 | both
    What the hub keeps of one caller's private lists is shown to no other.
K5 | 2026-07-28/server/utilities/caching | 2026-07-28 | both
    Who may use a thing is judged at each call, whatever was cached.
K6 | 2026-07-28/server/utilities/caching | 2026-07-28 | both
    A list that depends on who asks is private.

# Progress, log, cancellation, subscriptions
L1 | 2026-07-28/basic/patterns/progress | all | both
    Progress is told for the token of a running request alone, and grows.
L2 | 2026-07-28/basic/patterns/progress | 2025-03-26.. | both
    Progress comes with words.
L5 | 2026-07-28/server/utilities/logging | all | both
    A server that logs to clients declares it.
L6 | 2026-07-28/server/utilities/logging | 2026-07-28 | both
    Log comes only to a request that named a level, on its own stream.
L7 | 2025-11-25/server/utilities/logging | ..2025-11-25 | both
    A session sets its level; one that does not exist is an invalid parameter.
L8 | 2026-07-28/server/utilities/logging | all | both
    What nobody foresaw stays inside: clients are told a reference.
L9 | 2026-07-28/basic/patterns/cancellation | all | both
    A cancelled request stops and is not answered; an unknown one is nothing.
L11 | 2026-07-28/basic/patterns/cancellation | 2026-07-28 | both
    A listener that the hub ends is told so.
L12 | 2025-11-25/basic/utilities/ping | ..2025-11-25 | both
    A ping is answered with an empty result.
L13 | 2026-07-28/basic/patterns/cancellation | all | both
    Whatever the hub waits for has a limit.
M1 | 2026-07-28/basic/patterns/subscriptions | 2026-07-28 | both
    A subscription begins with what was agreed.
M2 | 2026-07-28/basic/patterns/subscriptions | 2026-07-28 | both
    Every message of a subscription names it as the request did.
M3 | 2026-07-28/basic/patterns/subscriptions | 2026-07-28 | both
    A subscription tells of nothing that was not asked for.
M4 | 2026-07-28/basic/patterns/subscriptions | 2026-07-28 | both
    A client may have several subscriptions.
M6 | 2026-07-28/basic/patterns/subscriptions | 2026-07-28 | http
    A subscription ends when its token or its access does.

# Questions to the client
N1 | 2026-07-28/basic/patterns/mrtr | 2026-07-28 | both
    Only calls, reads and gets are answered with a question.
N2 | 2026-07-28/basic/patterns/mrtr | 2026-07-28 | both
    A question has requests or a state.
N3 | 2026-07-28/basic/patterns/mrtr | 2026-07-28 | both
    A client is asked nothing that this request did not declare.
N4 | 2026-07-28/basic/patterns/mrtr | 2026-07-28 | both
    A state that was altered is an error.
N5 | 2026-07-28/basic/patterns/mrtr | 2026-07-28 | both
    A state holds for its user, its request and a while.
N6 | 2026-07-28/basic/patterns/mrtr | 2026-07-28 | both
    What happens once is not repeated by a state that comes again.
N7 | 2026-07-28/basic/patterns/mrtr | 2026-07-28 | both
    Answers that are missing are asked for again, ones too many are not looked at, senseless ones
    are an error.
N9 | 2026-07-28/client/elicitation | 2025-06-18.. | both
    A form asks for no secrets.
N10 | 2026-07-28/client/elicitation | 2025-06-18.. | both
    A form is flat, in words that its revision has.
N11 | 2026-07-28/client/elicitation | 2025-11-25.. | both
    A question is bound to the client and the user it was put to.
N12 | 2026-07-28/client/elicitation | 2025-11-25.. | both
    An address that a user is sent to is https, or of this machine.
N13 | 2025-11-25/client/elicitation | 2025-11-25 | both
    A question by address has an id.
N15 | 2026-07-28/changelog | 2026-07-28 | both
    A question by address has no id, and its end is not announced.
N18 | 2026-07-28/client/sampling | 2025-11-25.. | both
    Tools are sampled with only where the client can, and their results are complete.
N20 | 2026-07-28/client/sampling | all | both
    No context of servers is asked for that the client does not offer.
N21 | 2026-07-28/client/elicitation | 2025-06-18.. | both
    Declined and cancelled are answers.
N22 | 2025-11-25/client/sampling | ..2025-11-25 | both
    What clients refuse with is understood.
N23 | 2025-11-25/client/elicitation | 2025-11-25 | both
    What was asked is kept for the user, not for the session alone.

# Tasks: the extension of 2026-07-28
E11 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | http
    The name header of a task is its id.
L4 | seps/2663-tasks-extension | 2026-07-28 | both
    Neither progress nor log is told of a task.
M5 | seps/2663-tasks-extension | 2026-07-28 | both
    A filter by tasks needs their extension.
O1 | seps/2663-tasks-extension | 2026-07-28 | both
    A call becomes a task only if its request declared the extension.
O2 | seps/2663-tasks-extension | 2026-07-28 | both
    What a task alone can serve is refused without, with the name of the extension.
O3 | seps/2663-tasks-extension | 2026-07-28 | both
    The result type "task" is that of a task which was made, and of nothing else.
O4 | seps/2663-tasks-extension | 2026-07-28 | both
    A task is a committed row before its id is told.
O5 | seps/2663-tasks-extension | 2026-07-28 | both
    A task tells what its status has: its questions, its result or its error.
O6 | seps/2663-tasks-extension | 2026-07-28 | both
    Failed is for errors of the protocol; a tool that failed completed its task.
O7 | seps/2663-tasks-extension | 2026-07-28 | both
    A key of a question stands for no other for the life of its task.
O8 | seps/2663-tasks-extension | 2026-07-28 | both
    Answers and cancelling are acknowledged with nothing more; what answers nothing is ignored.
O9 | seps/2663-tasks-extension | 2026-07-28 | both
    A task that is not there is an invalid parameter; who did not declare the extension may ask for none.
O10 | seps/2663-tasks-extension | 2026-07-28 | both
    What the experiment had besides is not there, and a wish for a task is no wish.
O11 | seps/2663-tasks-extension | 2026-07-28 | both
    Ids cannot be guessed, and who asks is judged each time: user, server, access and scope.
O12 | seps/2663-tasks-extension | 2026-07-28 | both
    Questions before a task are answered before it is made.
O13 | seps/2663-tasks-extension | 2026-07-28 | both
    Each revision declares its own system of tasks alone.

# Tasks: the experiment of 2025-11-25
H13 | 2025-11-25/basic/utilities/tasks | 2025-11-25 | both
    A tool says whether it runs as a task; one that must, or cannot, is refused otherwise.
L3 | 2025-11-25/basic/utilities/progress | 2025-11-25 | both
    A task keeps the progress token of its call.
O14 | 2025-11-25/basic/utilities/tasks | 2025-11-25 | both
    A task that was made is nested, and works.
O15 | 2025-11-25/basic/utilities/tasks | 2025-11-25 | both
    Its result is waited for, and is exactly what the call would have given.
O16 | 2025-11-25/basic/utilities/tasks | 2025-11-25 | both
    A task is cancelled before that is said and for good; one that ended is not.
O17 | 2025-11-25/basic/utilities/tasks | 2025-11-25 | both
    Tasks are their user's; a list is for who is known, and has their own.
O18 | 2025-11-25/basic/utilities/tasks | 2025-11-25 | both
    Tasks tell their times, and what belongs to one names it.
O19 | 2025-11-25/basic/utilities/tasks | 2025-11-25 | both
    A tool that runs in its call has no task, and what is older ignores the wish for one.
O20 | 2025-11-25/basic/utilities/tasks | 2025-11-25 | both
    A tool that failed is a failed task.

# Authorization: the server of a resource
P1 | 2026-07-28/basic/authorization/index | 2025-06-18.. | http
    Each server has metadata that names who gives tokens for it.
P2 | 2025-11-25/basic/authorization | 2025-06-18..2025-11-25 | http
    A 401 says where that metadata is.
P3 | 2026-07-28/basic/authorization/index | 2025-11-25.. | http
    The metadata stands at the well-known address of the server's path, and nowhere else.
P4 | 2026-07-28/basic/authorization/index | 2025-11-25.. | http
    A 401 names the scopes to begin with.
P5 | 2026-07-28/basic/authorization/index | 2025-11-25.. | http
    A 403 names all the scopes to ask for now: those that are lacking and those that are held.
P6 | 2026-07-28/basic/authorization/index | 2026-07-28 | http
    A scope that holds another is enough.
P7 | 2026-07-28/basic/authorization/index | 2025-03-26.. | http
    No or a bad token is 401, a lacking scope 403.
P8 | 2026-07-28/basic/authorization/index | 2025-06-18.. | http
    A token for another server opens nothing.
P10 | 2026-07-28/basic/authorization/index | 2025-03-26.. | http
    A token in an address is not looked at.
P11 | 2026-07-28/basic/authorization/index | 2026-07-28 | http
    No scope is named that brings a client more than a server needs.
P12 | 2026-07-28/basic/authorization/index | all | http
    A server's address is told in lower case, without fragment and without a slash at its end.
P13 | 2026-07-28/basic/authorization/index | all | http
    Each server is a resource of its own.

# Authorization: the authorization server
Q1 | 2026-07-28/basic/authorization/index | 2025-03-26.. | http
    Public and confidential clients get tokens for a code that is bound to its request by PKCE.
Q2 | 2025-03-26/basic/authorization | 2025-03-26 | http
    The metadata stands at the root of the host, the endpoints where clients expect them without it.
Q3 | 2026-07-28/basic/authorization/index | 2025-06-18.. | http
    The authorization server has metadata.
Q4 | 2026-07-28/basic/authorization/index | 2025-11-25.. | http
    Both well-known addresses have it, and the issuer is what they were asked under.
Q5 | 2026-07-28/basic/authorization/index | 2025-11-25.. | http
    It says that codes are bound by S256.
Q6 | 2026-07-28/basic/authorization/index | 2025-06-18.. | http
    A resource may be named to the consent page, for a code and for a refresh, and binds the tokens.
Q7 | 2026-07-28/basic/authorization/client-registration | 2025-11-25.. | http
    Clients become known by the document at their id.
Q8 | 2026-07-28/basic/authorization/security-considerations | 2025-11-25.. | http
    The consent page names the host a client returns to, and warns where that is this machine alone.
Q9 | 2026-07-28/basic/authorization/security-considerations | 2025-11-25.. | http
    A document is fetched from public addresses alone.
Q10 | 2026-07-28/basic/authorization/client-registration | 2025-03-26.. | http
    Clients register themselves, and an admin decides who may.
Q11 | 2026-07-28/basic/authorization/security-considerations | 2025-06-18.. | http
    An answer goes to an address that was registered, of https or loopback, and nowhere else.
Q12 | docs/registration.md | all | http
    The port of a loopback address is free.
Q13 | 2026-07-28/basic/authorization/security-considerations | 2025-06-18.. | http
    A refresh token is used once, and access tokens live for minutes.
Q14 | 2026-07-28/basic/authorization/index | 2026-07-28 | http
    Each answer of the consent page names the issuer, and the metadata says so.
Q20 | 2026-07-28/basic/authorization/security-considerations | all | http
    Tokens are kept as hashes, and stand in no log.

# Extensions
R1 | 2026-07-28/basic/versioning | 2026-07-28 | both
    Extensions are declared by prefixed names; none is on by itself.
R2 | 2026-07-28/basic/versioning | 2026-07-28 | both
    A client with extensions that the hub has not is served as any other.

# Not the hub's to show, and why
B8 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | both
    A request without any version may be taken as 2025-03-26.
    Not here: May; the hub asks for a session, which knows its revision (B17).
B18 | 2026-07-28/basic/versioning | 2026-07-28 | both
    A modern-only endpoint names its versions to initialize.
    Not here: For endpoints of one era; each of the hub's serves both.
B19 | 2026-07-28/basic/versioning | all | both
    All replicas are of the same era.
    Not here: There is nothing to set: every process serves every revision.
B21 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | both
    A client finds out the era of a server.
    Not here: A rule for clients.
B22 | 2026-07-28/basic/transports/stdio | 2026-07-28 | both
    A client does not fall back on errors of the newest revision.
    Not here: A rule for clients.
E1 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | both
    GET and DELETE are refused by a modern-only endpoint.
    Not here: For endpoints of one era; each of the hub's serves both.
E16 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | both
    A gateway passes on parameters' headers it does not know.
    Not here: The hub fronts no other servers yet.
Q15 | 2026-07-28/basic/authorization/index | 2026-07-28 | http
    A client keeps what it got by the issuer it got it from.
    Not here: A rule for clients, and the hub is none yet.
Q16 | 2026-07-28/basic/authorization/security-considerations | 2025-06-18.. | http
    Each client is allowed by itself before anybody is sent on to another authorization server.
    Not here: The hub sends nobody on.
Q17 | docs/oauth.md | 2026-07-28 | http
    Clients without a person show their own credentials.
    Not here: An extension that the hub does not declare.
Q18 | docs/oauth.md | 2026-07-28 | http
    An assertion of another authorization server is taken for a token.
    Not here: An extension that the hub does not declare.
Q19 | docs/oauth.md | 2026-07-28 | http
    The metadata names the kinds of such assertions.
    Not here: An extension that the hub does not declare.
E17 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | both
    A policy by headers asks for a version that has them checked.
    Not here: No policy of the hub looks at headers; E9, E10 and E13 compare them.
E19 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | both
    Secrets are not annotated as headers.
    Not here: A rule for authors of tools: the hub sends no such thing of its own.
E20 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | both
    A client mirrors parameters in headers.
    Not here: A rule for clients.
E21 | 2026-07-28/basic/transports/streamable-http | 2026-07-28 | both
    Access that headers imply is verified.
    Not here: No access follows from a header but Authorization.
G5 | 2026-07-28/basic/transports/stdio | 2026-07-28 | both
    A client ends a process by closing its input.
    Not here: A rule for clients.
G6 | 2026-07-28/basic/transports/stdio | 2026-07-28 | both
    A client probes with discovery.
    Not here: A rule for clients.
G9 | 2026-07-28/basic/transports/stdio | ..2025-11-25 | both
    A process serves one session.
    Not here: The process knows one user, who is named when it is started (G7).
H12 | 2026-07-28/server/tools | 2026-07-28 | both
    An aggregator tells equal names apart.
    Not here: The hub fronts no other servers yet.
H15 | 2026-07-28/server/tools | all | both
    Hints of servers are not believed.
    Not here: A rule for clients.
I6 | 2026-07-28/basic/index | all | both
    Schemas of imported documents are whole.
    Not here: The hub imports no documents yet.
K7 | 2026-07-28/server/utilities/caching | 2026-07-28 | both
    Clients poll with jitter.
    Not here: A rule for clients.
L10 | 2025-11-25/basic/utilities/cancellation | ..2025-11-25 | both
    initialize is not cancelled.
    Not here: A rule for clients.
N8 | 2026-07-28/basic/patterns/mrtr | 2026-07-28 | both
    A client sends the state back as it came.
    Not here: A rule for clients.
N14 | 2025-11-25/client/elicitation | 2025-11-25 | both
    The end of a question by address may be announced.
    Not here: May; the hub does not learn of it.
N16 | 2026-07-28/client/elicitation | 2025-11-25.. | both
    Credentials of others do not pass through clients.
    Not here: The hub holds no credentials of others yet.
N17 | 2026-07-28/client/elicitation | 2025-11-25.. | both
    Nobody is authorized for this server by a question.
    Not here: A rule for authors of tools: the hub sends no such thing of its own.
P9 | 2026-07-28/basic/authorization/index | 2025-06-18.. | http
    A client's token is passed on to no other server.
    Not here: The hub fronts no other servers yet.
N19 | 2026-07-28/deprecated | 2026-07-28 | both
    Roots, sampling and logging are not for new use.
    Not here: A rule for authors of tools: the hub sends no such thing of its own.
"""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One row."""

    id: str
    place: str
    revisions: tuple[str, ...]
    transports: tuple[str, ...]
    says: str
    not_here: str = ""

    @property
    def wanted(self) -> set[tuple[str, str]]:
        """The pairs of revision and transport that need a test."""
        if self.not_here:
            return set()
        return {(r, t) for t in self.transports for r in self.revisions if r in SERVED[t]}


_ROW = re.compile(
    r"^(?P<id>[A-Z]\d+) \| (?P<place>\S+) \| (?P<revisions>\S+) \| (?P<transports>\w+)\n"
    r"(?P<text>(?:    .+\n)+)",
    re.MULTILINE,
)


def _read(match: re.Match[str]) -> Behaviour:
    """Return one row."""
    says, _, not_here = " ".join(match["text"].split()).partition(" Not here: ")
    transports = TRANSPORTS if match["transports"] == "both" else (match["transports"],)
    return Behaviour(
        match["id"], match["place"], _revisions(match["revisions"]), transports, says, not_here
    )


def _revisions(text: str) -> tuple[str, ...]:
    """Return the revisions of "all", of one date, or of a range from..to with either end open."""
    if text == "all":
        return REVISIONS
    first, dots, last = text.partition("..")
    last = last if dots else first
    return tuple(each for each in REVISIONS if first <= each <= (last or REVISIONS[-1]))


BEHAVIOURS = {row.id: row for row in map(_read, _ROW.finditer(TABLE))}
