"""Method -> its function in methods/. The protocol has checked that the revision has the method."""

from collections.abc import Awaitable, Callable

from servers.methods import (
    completion,
    lifecycle,
    logging,
    prompts,
    resources,
    subscriptions,
    tasks,
    tools,
)
from servers.methods.request import Request

METHODS: dict[str, Callable[[Request], Awaitable[bytes]]] = {
    "initialize": lifecycle.initialize,
    "ping": lifecycle.ping,
    "server/discover": lifecycle.discover,
    "tools/list": tools.list_tools,
    "tools/call": tools.call_tool,
    "resources/list": resources.list_resources,
    "resources/templates/list": resources.list_templates,
    "resources/read": resources.read_resource,
    "prompts/list": prompts.list_prompts,
    "prompts/get": prompts.get_prompt,
    "completion/complete": completion.complete,
    "logging/setLevel": logging.set_level,
    "resources/subscribe": subscriptions.subscribe,
    "resources/unsubscribe": subscriptions.unsubscribe,
    "subscriptions/listen": subscriptions.listen,
    "tasks/get": tasks.get,
    "tasks/update": tasks.update,
    "tasks/cancel": tasks.stop,
    "tasks/result": tasks.result,
    "tasks/list": tasks.list_tasks,
}
