"""tasks/*: the extension of 2026-07-28, and what 2025-11-25 has under the same names.

Source: ext-tasks specification/draft/tasks; 2025-11-25 basic/utilities/tasks. A task is its user's on its
server, whichever client asks; every call is judged by what the tool needs. What a caller may not see
answers as if it were not there.
"""

from servers.jobs.answering import answer
from servers.jobs.ending import cancel
from servers.jobs.facts import Held
from servers.jobs.reading import A_PAGE, task_of, tasks_of
from servers.jobs.results import wait_for_result
from servers.jobs.states import Reason
from servers.methods.request import Request, object_param, text_param
from servers.methods.tasks_judged import judged, require_tasks, sees
from servers.protocol.cursors import make_cursor, read_cursor
from servers.protocol.errors import invalid_params, method_not_found
from servers.protocol.jsonrpc import encode
from servers.protocol.tasks import experimental_task


async def get(request: Request) -> bytes:
    """Return how a task stands."""
    task = await _task(request)
    return request.server.shaper.task(task.facts, request.revision)


async def update(request: Request) -> bytes:
    """Take answers to a task's questions; those to none that is open are ignored."""
    task = await _task(request)
    if "inputResponses" not in request.params:
        raise invalid_params('"inputResponses" is missing.')
    job = await request.desk.offload(answer, task.facts.id, object_param(request, "inputResponses"))
    if job is not None:
        request.jobs.ringer.ring(job)
    return request.server.shaper.empty(request.revision)


async def stop(request: Request) -> bytes:
    """Cancel a task; 2025-11-25 refuses one that has ended, and tells how it stands then."""
    task = await _task(request)
    cancelled = await request.desk.offload(cancel, task.facts.id, Reason.CLIENT)
    if request.revision.stateless:
        return request.server.shaper.empty(request.revision)
    if not cancelled:
        raise invalid_params("This task has ended already.")
    return request.server.shaper.task((await _task(request)).facts, request.revision)


async def result(request: Request) -> bytes:
    """Return what a task's call gave, when it has ended (2025-11-25)."""
    task = await _task(request)
    waiting = wait_for_result(
        request.jobs, request.desk, request.exchange, request.server, request.caller, task
    )
    return request.server.shaper.of_task(await waiting, task.facts.id, request.revision)


async def list_tasks(request: Request) -> bytes:
    """Return a page of the caller's tasks, the newest first (2025-11-25)."""
    if request.caller.user is None:  # nobody in particular: their tasks are known by id alone
        raise method_not_found("tasks/list", status=200)
    after = read_cursor(request.params)
    found = await request.desk.offload(
        tasks_of, request.server.public_id, request.caller.user, after[0] if after else None
    )
    shown = [experimental_task(task.facts) for task in found[:A_PAGE] if sees(request, task)]
    more = {"nextCursor": make_cursor((found[A_PAGE - 1].key, ""))} if found[A_PAGE:] else {}
    return encode({"tasks": shown, **more})


async def _task(request: Request) -> Held:
    """Return the task a request names; raises ProtocolError -32602 for one that is not the caller's."""
    require_tasks(request)
    name = text_param(request, "taskId")
    found = await request.desk.offload(task_of, request.server.public_id, request.caller.user, name)
    return judged(request, found)
