"""deploy/: the image, compose and Kubernetes, held against their schemas and against the hub."""

import os
import re
import subprocess
import sys
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
from celery.bin.celery import celery as celery_command
from django.core.management import get_commands, load_command_class
from django.db import connection
from django.utils import timezone

from mcphub import environment
from mcphub.celery import app
from mcphub.settings import STATICFILES_DIRS, TEMPLATES
from mcphub.version import VERSION
from monitoring.middleware import VIEWS
from servers.capabilities.base import DEFAULT_JOB_SECONDS
from servers.jobs.states import HARD_SECONDS, State
from servers.models import Job
from tests import deployed, house, make
from tests.live import STOP_SECONDS

SETTINGS = {setting.name: setting for setting in environment.SETTINGS}
OLDEST, NEWEST = "1.30", kubernetes_validate.latest_version()
NOT_OURS = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
DEPLOYMENTS = ("beat", "web", "worker")
USED = re.compile(r"\$\{(\w+)(:[?-])?[^}]*\}")
SECRET_NAME = re.compile(r"PASSWORD|TOKEN|SECRET|_KEY|AUTH|DATABASE_URL|REDIS_URL|BROKER_URL")
COMPOSE_SECONDS = re.compile(r"(\d+)s")


# --- schemas ---


def test_compose_file_is_one():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, str(deployed.COMPOSE)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("release", [OLDEST, NEWEST], ids=["oldest", "newest"])
def test_files_for_kubernetes_are_what_it_takes(release):
    found = [one for path in deployed.KUBERNETES for one in deployed.documents(path)]
    found = [one for one in found if not one["apiVersion"].startswith("kustomize.")]
    assert len(found) > 15
    for one in found:
        kubernetes_validate.validate(one, release, strict=True)


def test_kustomization_names_every_file_that_is_no_example():
    (found,) = deployed.documents(deployed.DEPLOY / "k8s" / deployed.KUSTOMIZATION)
    names = {path.name for path in deployed.KUBERNETES if ".example." not in path.name}
    assert set(found["resources"]) == names - {deployed.KUSTOMIZATION}


# --- settings and secrets ---


def test_every_variable_is_a_setting():
    named = set(deployed.image_environment()) - NOT_OURS
    for service in deployed.ours().values():
        named |= set(service["environment"])
    for deployment in DEPLOYMENTS:
        for container in deployed.containers(deployment):
            named |= set(deployed.environment(container))
    named |= set(deployed.of_kind("Secret")["mcphub"]["stringData"])
    assert len(named) > 12
    assert named - set(SETTINGS) == set()


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_settings_of_pods_make_sense(deployment, tmp_path):
    for container in deployed.containers(deployment):
        given = deployed.image_environment() | deployed.environment(container)
        given |= {"DATABASE_URL": "postgres://db/mcphub", "REDIS_URL": "redis://cache"}
        assert environment.read(given)["HOST"] == "0.0.0.0"


def test_settings_of_compose_make_sense():
    values = {**deployed.example(), "MCPHUB_PUBLIC_URL": "https://hub.example.com"}
    for service in deployed.ours().values():
        given = {
            name: _filled(str(value), values) for name, value in service["environment"].items()
        }
        read = environment.read(deployed.image_environment() | given)
        assert urlsplit(read["DATABASE_URL"]).hostname in deployed.compose()["services"]
        assert urlsplit(read["REDIS_URL"]).hostname in deployed.compose()["services"]


def test_what_compose_asks_for_is_in_the_example():
    used = USED.findall(deployed.COMPOSE.read_text(encoding="utf-8"))
    example = deployed.example()
    assert {name for name, _how in used} == set(example)
    required = {name for name, how in used if how == ":?"}
    assert len(required) == 4 and {example[name] for name in required} == {""}
    assert {how for _name, how in used} == {":?", ":-"}


@pytest.mark.parametrize("path", deployed.EVERY, ids=lambda path: path.name)
def test_no_secret_is_written_down(path):
    text = path.read_text(encoding="utf-8")
    found = re.findall(r"^\s*-?\s*([A-Z_]+):[ \t]*(.+)$", text, re.MULTILINE)
    secrets = [(name, value) for name, value in found if SECRET_NAME.search(name)]
    harmless = re.compile(r'""|/run/secrets/\S+|(postgres://mcphub:|redis://:)?\$\{\w+:[?-].*')
    assert [name for name, value in secrets if not harmless.fullmatch(value.strip())] == []


def test_example_gives_no_secret():
    given = deployed.example()
    assert [name for name in given if SECRET_NAME.search(name) and given[name]] == []


def test_environment_and_secrets_of_an_installation_are_not_committed():
    command = ["git", "-C", str(house.BASE), "check-ignore"]
    named = ["deploy/.env", "deploy/secrets/mcphub_key"]
    done = subprocess.run([*command, *named], capture_output=True, text=True)
    assert done.stdout.split() == named


# --- the image and who runs it ---


def test_images_have_a_version():
    images = [rest.split()[0] for word, rest in deployed.dockerfile() if word == "FROM"]
    assert len(images) == 2 and set(images) == {"python:3.11-slim-bookworm"}
    images += [service["image"] for service in deployed.compose()["services"].values()]
    images += [one["image"] for name in DEPLOYMENTS for one in deployed.containers(name)]
    tags = {image: image.partition(":")[2] for image in images}
    assert [image for image, tag in tags.items() if not tag or tag == "latest"] == []
    assert {tag for image, tag in tags.items() if image.startswith("mcphub")} == {VERSION}
    (found,) = deployed.documents(deployed.DEPLOY / "k8s" / deployed.KUSTOMIZATION)
    assert [one["newTag"] for one in found["images"]] == [VERSION]


def test_nobody_is_root():
    (user,) = [rest for word, rest in deployed.dockerfile() if word == "USER"]
    number = int(user.partition(":")[0])
    assert number > 0
    for name in DEPLOYMENTS:
        security = deployed.pod(name)["securityContext"]
        assert security["runAsNonRoot"] and security["runAsUser"] == number
        assert not deployed.pod(name)["automountServiceAccountToken"]


def test_nothing_but_what_is_kept_for_it_can_be_written():
    folder = deployed.image_environment()["MCPHUB_DATA"]
    for name in DEPLOYMENTS:
        for container in deployed.containers(name):
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert {"/tmp", folder} <= {one["mountPath"] for one in container["volumeMounts"]}
            assert {"cpu", "memory"} == set(container["resources"]["limits"])
    for service in deployed.ours().values():
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert {"/tmp", folder} == {one.partition(":")[0] for one in service["tmpfs"]}


def test_image_holds_the_hub_and_nothing_that_is_not_named():
    lines = (house.BASE / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    named = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    assert rules[0] == "*" and [one for one in named if not (house.BASE / one).exists()] == []
    assert {*house.ROOMS, "examples", "manage.py", "requirements.txt"} <= set(named)
    folders = [*STATICFILES_DIRS, *TEMPLATES[0]["DIRS"]]  # type: ignore[misc]
    assert {path.name for path in folders} <= set(named)
    assert not any(one.startswith((".", "tests", "docs")) for one in named)


# --- what it runs ---


def test_commands_exist():
    commands = [service["command"] for service in deployed.ours().values()]
    for name in DEPLOYMENTS:
        commands += [container["command"] for container in deployed.containers(name)]
    for program, *words in commands:
        if program == "python":
            manage, name, *options = words
            assert manage == "manage.py"
            parser = load_command_class(get_commands()[name], name).create_parser(manage, name)
            parser.parse_args(options)
        else:
            assert [program, *words[:2]] == ["celery", "-A", "mcphub"] and app.main == "mcphub"
            assert words[2] in celery_command.commands


def test_ports_and_paths_are_those_of_the_hub():
    of_image = deployed.image_environment()["PORT"]
    assert ("EXPOSE", of_image) in deployed.dockerfile()
    assert deployed.compose()["services"]["web"]["ports"][0].endswith(f":{of_image}")
    for name in ("web", "worker"):
        (container,) = deployed.pod(name)["containers"]
        (port,) = container["ports"]
        number = deployed.environment(container).get("MCPHUB_WORKER_PORT", of_image)
        assert port["containerPort"] == int(number)
        probes = ("startupProbe", "livenessProbe", "readinessProbe")
        asked = [container[probe]["httpGet"] for probe in probes]
        assert {one["port"] for one in asked} == {port["name"]}
        assert [one["path"] for one in asked] == ["/health/live", "/health/live", "/health/ready"]
        assert {one["path"] for one in asked} <= set(VIEWS)
        told = deployed.of_kind("Deployment")[name]["spec"]["template"]["metadata"]["annotations"]
        assert told["prometheus.io/port"] == number and told["prometheus.io/path"] in VIEWS
        (served,) = deployed.of_kind("Service")[name]["spec"]["ports"]
        assert served["targetPort"] == port["name"] and served["port"] == port["containerPort"]


def test_processes_may_end_what_they_do():
    least = {"worker": DEFAULT_JOB_SECONDS + HARD_SECONDS + STOP_SECONDS, "web": STOP_SECONDS}
    for name, seconds in least.items():
        pause = deployed.pod(name)["containers"][0].get("lifecycle")
        before = int(pause["preStop"]["exec"]["command"][1]) if pause else 0
        assert deployed.pod(name)["terminationGracePeriodSeconds"] >= before + seconds
        given = COMPOSE_SECONDS.fullmatch(deployed.ours()[name]["stop_grace_period"])
        assert given and int(given[1]) >= seconds


def test_beat_is_one():
    spec = deployed.of_kind("Deployment")["beat"]["spec"]
    assert spec["replicas"] == 1 and spec["strategy"] == {"type": "Recreate"}


def test_autoscalers_scale_what_has_no_number_of_its_own():
    scaled = deployed.of_kind("HorizontalPodAutoscaler"), deployed.of_kind("ScaledObject")
    for name, one in [pair for each in scaled for pair in each.items()]:
        assert one["spec"]["scaleTargetRef"]["name"] == name
        assert "replicas" not in deployed.of_kind("Deployment")[name]["spec"]


def test_workers_are_as_many_as_jobs_that_are_due_or_run_need(db):
    server, entry, now = make.server(), make.entry(make.source()), timezone.now()
    hour = timedelta(hours=1)
    times = {"created_at": now, "updated_at": now, "expires_at": now + hour, "seconds": 60.0}
    due = {State.QUEUED: 2, State.WORKING: 3, State.WAITING: 1, State.COMPLETED: 4}
    states = [(state, now - hour) for state, count in due.items() for _ in range(count)]
    states.append((State.QUEUED, now + hour))  # one that is tried again later
    for number, (state, due_at) in enumerate(states):
        given = {**times, "state": state, "due_at": due_at, "public_id": f"{number:032x}"}
        Job.objects.create(**given, server=server, entry=entry)
    (trigger,) = deployed.of_kind("ScaledObject")["worker"]["spec"]["triggers"]
    with connection.cursor() as cursor:
        cursor.execute(trigger["metadata"]["query"])
        assert cursor.fetchone() == (5,)
    (worker,) = deployed.pod("worker")["containers"]
    slots = deployed.environment(worker)["MCPHUB_JOB_SLOTS"]
    assert trigger["metadata"]["targetQueryValue"] == slots


# --- the health check of the image ---


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health/live" else 503)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_words: object) -> None:
        pass


@pytest.mark.parametrize("setting", ["PORT", "MCPHUB_WORKER_PORT"])
def test_health_check_goes_by_the_status(setting):
    with HTTPServer(("127.0.0.1", 0), _Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ports = {"PORT": "1", setting: str(server.server_port)}
        found = [_healthy(ports, what) for what in ("live", "ready")]
        server.shutdown()
    assert found == [0, 1]


def test_health_check_fails_where_nobody_answers():
    assert _healthy({"PORT": "1"}, "live") == 1


def _healthy(ports: dict[str, str], what: str) -> int:
    """Run the check with a container's variables; return its exit status."""
    command = [sys.executable, str(deployed.DEPLOY / "healthy.py"), what]
    environ = {"PATH": os.environ["PATH"], **ports}
    return subprocess.run(command, env=environ, capture_output=True).returncode


def _filled(text: str, values: dict[str, str]) -> str:
    """Return what compose makes of a value."""
    return USED.sub(lambda match: values[match[1]] or "", text)
