"""What stands in deploy/, read: its YAML files, the Dockerfile, and what of them runs the hub."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.house import BASE

DEPLOY = BASE / "deploy"
KUBERNETES = sorted((DEPLOY / "k8s").glob("*.yaml"))
KEDA = sorted((DEPLOY / "k8s" / "keda").glob("*.yaml"))
COMPOSE = DEPLOY / "compose.yaml"
ENV_EXAMPLE = DEPLOY / ".env.example"
EVERY = [COMPOSE, *KUBERNETES, *KEDA]
KUSTOMIZATION = "kustomization.yaml"


def documents(path: Path) -> list[dict[str, Any]]:
    """Return the documents of a YAML file."""
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def compose() -> dict[str, Any]:
    """Return compose.yaml."""
    (found,) = documents(COMPOSE)
    return found


def ours() -> dict[str, dict[str, Any]]:
    """Return the services of compose.yaml that run the hub's image."""
    services = compose()["services"]
    return {name: one for name, one in services.items() if one["image"].startswith("mcphub:")}


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """Return the objects for Kubernetes of a kind by name."""
    found = (one for path in [*KUBERNETES, *KEDA] for one in documents(path))
    return {one["metadata"]["name"]: one for one in found if one["kind"] == kind}


def pod(deployment: str) -> dict[str, Any]:
    """Return what a deployment's pods are like."""
    found: dict[str, Any] = of_kind("Deployment")[deployment]["spec"]["template"]["spec"]
    return found


def containers(deployment: str) -> Iterator[dict[str, Any]]:
    """Return a deployment's containers, those that run first included."""
    found = pod(deployment)
    yield from found["initContainers"]
    yield from found["containers"]


def dockerfile() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile, each with what follows it."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    lines = (line.strip() for line in text.splitlines())
    return [(line.split()[0], line.split(None, 1)[1]) for line in lines if line]


def image_environment() -> dict[str, str]:
    """Return what the image itself sets, in its last stage."""
    lines = dockerfile()
    last = max(place for place, (word, _rest) in enumerate(lines) if word == "FROM")
    said = " ".join(rest for word, rest in lines[last:] if word == "ENV")
    return dict(pair.split("=", 1) for pair in said.split())


def environment(container: dict[str, Any]) -> dict[str, str]:
    """Return a container's variables by name, with their values, or where a secret comes from."""
    given = {one["name"]: one.get("value", "from a secret") for one in container.get("env", ())}
    if "envFrom" in container:
        given |= of_kind("ConfigMap")["mcphub"]["data"]
    return given


def example() -> dict[str, str]:
    """Return the variables of .env.example."""
    lines = ENV_EXAMPLE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
