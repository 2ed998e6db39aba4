"""What is known about jobs: the queue, its broker, the workers, and the work that comes again."""

from datetime import datetime
from typing import Any

from celery import current_app
from django.conf import settings
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import OperationalError

from mcphub.chores import CHORES, OVERDUE, QUEUE
from mcphub.system.saying import Fact
from servers.jobs import looking
from servers.jobs.looking import Working
from servers.jobs.said import lasted
from servers.models import Job

BROKER_SECONDS = 1.0
QUEUES = (*Job.Queue.values, QUEUE)
LATE_SECONDS = 10.0
"""So much later than overdue a chore is called late: whoever does it looks every few seconds."""
WORDS = {
    "reap": "Take jobs from lost workers",
    "sweep_workers": "Forget workers that are gone",
    "purge_jobs": "Delete old jobs",
    "sweep_kept": "Let go of kept values",
    "sweep_attempts": "Let go of attempts to connect",
    "sweep_tokens": "Delete expired tokens",
    "compact_usage": "Add up how much is used",
    "sweep_recorded": "Delete recorded calls",
    "expire_clients": "Let go of unused clients",
    "sweep_sse_clients": "Let go of clients that left HTTP+SSE",
}


def jobs(_user: Any) -> list[Fact]:
    """Return how many jobs are open, who does them, and by which broker they are told."""
    now = timezone.now()
    depth, workers = looking.depth(), looking.workers(now)
    alive = any(worker.alive for worker in workers)
    facts = [
        broker(),
        Fact("Queued", f"{depth.queued:,}", None if not depth.queued else alive),
        Fact("Working", f"{depth.working:,}"),
        Fact("Wait for answers", f"{depth.waiting:,}"),
    ]
    if depth.oldest is not None:
        waits = now - depth.oldest
        facts.append(Fact("Oldest waits for", lasted(waits.total_seconds()), waits < looking.LATE))
    if not workers:
        facts.append(Fact("Workers", "none was heard lately"))
    return [*facts, *(_worker(worker, now) for worker in workers)]


def chores(_user: Any) -> list[Fact]:
    """Return when each chore was begun last, and whether that is too long ago."""
    begun, now = looking.chores(), timezone.now()
    return [_chore(name, every.seconds, begun.get(name), now) for name, every in CHORES.items()]


def broker() -> Fact:
    """Ask the broker how many messages wait, which is also whether it answers."""
    if settings.JOBS_EMBEDDED:
        return Fact("Broker", "none: the web processes do the jobs")
    try:
        with Connection(
            settings.BROKER_URL,
            connect_timeout=BROKER_SECONDS,
            transport_options={**current_app.conf.broker_transport_options, **_timeouts()},
        ) as connection:
            connection.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
            waiting = sum(_messages(connection, queue) for queue in QUEUES)
            name = str(connection.transport.driver_name)
    except (OperationalError, OSError, *_errors()) as error:
        return Fact("Broker", f"does not answer ({type(error).__name__})", False)
    return Fact("Broker", f"{KINDS.get(name, name)}, {waiting:,} messages wait", True)


KINDS = {"redis": "Redis", "py-amqp": "RabbitMQ", "amqp": "RabbitMQ"}


def _timeouts() -> dict[str, float]:
    if settings.BROKER_URL.startswith("amqp"):
        return {}
    return {"socket_timeout": BROKER_SECONDS, "socket_connect_timeout": BROKER_SECONDS}


def _errors() -> tuple[type[Exception], ...]:
    """Return what this broker's own library raises."""
    with Connection(settings.BROKER_URL) as connection:
        return (*connection.connection_errors, *connection.channel_errors)


def _messages(connection: Any, queue: str) -> int:
    """Count what waits in a queue; one that nobody has made holds nothing."""
    with connection.channel() as channel:
        try:
            return int(channel.queue_declare(queue, passive=True).message_count)
        except connection.channel_errors:
            return 0


def _worker(worker: Working, now: datetime) -> Fact:
    heard = f"heard {lasted((now - worker.seen_at).total_seconds())} ago"
    if not worker.alive:
        return Fact(f"Worker {worker.name}", f"gone, {heard}", False, reported="A worker")
    busy = f"{worker.busy} of {worker.slots} busy, {worker.pool}, {heard}"
    return Fact(f"Worker {worker.name}", busy, True, reported="A worker")


def _chore(name: str, seconds: float, begun: datetime | None, now: datetime) -> Fact:
    words = WORDS[name]
    if begun is None:
        return Fact(words, "not done yet")
    ago = (now - begun).total_seconds()
    late = ago > OVERDUE * seconds + LATE_SECONDS
    said = f"{lasted(ago)} ago, every {lasted(seconds)}"
    return Fact(words, f"overdue: {said}" if late else said, not late)
