"""The Celery application: `celery -A mcphub worker`, `celery -A mcphub beat`.

Queues are classes of work: jobs, heavy jobs, and chores. A worker serves all unless told otherwise
(`-Q heavy`).
"""

import os
from functools import partial
from typing import Any

import django
from celery import Celery, signals
from django.apps import apps
from django.utils.module_loading import import_string
from kombu import Queue
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mcphub.settings")

from mcphub import apart

apart.prepare()
if not apps.ready:
    django.setup()

from mcphub import chores  # noqa: E402  (its models need Django to be set up)
from servers.models import Job  # noqa: E402

# Without Celery's own care for Django: it closes the process's whole pool of connections around each task,
# under the hands of the loop that works on jobs. Tasks here give back what they used.
app = Celery("mcphub", fixups=())
app.set_default()  # it is the one of all threads, not of this one alone
# What a broken connection had brought is not given back: its rows are due again. Kombu 5.7 would try it
# over the connection that broke, and the error ends the worker.
Channel.do_restore = False
app.config_from_object("django.conf:settings", namespace="CELERY")
# A message is acknowledged when its job rests; RabbitMQ would close the channel after 30 minutes.
_UNHURRIED = {"x-consumer-timeout": 7 * 86_400 * 1000}
app.conf.task_queues = [
    Queue(name, routing_key=name, queue_arguments=_UNHURRIED)
    for name in (*Job.Queue.values, chores.QUEUE)
]
app.conf.beat_schedule = chores.schedule()
app.autodiscover_tasks(["servers", "mcphub"])

# What a worker's processes do when they begin and end; loaded only there.
_ACTS = (
    (signals.worker_init, "mcphub.workshop.worker_begins"),
    (signals.worker_process_init, "mcphub.workshop.child_begins"),
    (signals.worker_process_shutdown, "mcphub.workshop.child_ends"),
    (signals.worker_shutdown, "mcphub.workshop.worker_ends"),
)


def _act(path: str, **given: Any) -> None:
    import_string(path)(**given)


for _signal, _path in _ACTS:
    _signal.connect(partial(_act, _path), weak=False)
