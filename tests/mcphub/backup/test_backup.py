"""manage.py backup and restore: another hub that knows all the first one did."""

import gzip
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests import live
from tests.bench import databases

KEY = "a key of the operator's that is long enough to sign with"
TEXT = "ü ' \" \\ \n \U0001f600 <b>"
FILL = f"""
from tests import make
from accounts.models import User
from catalog import services
from catalog.models import Entry
admin = User.objects.get(username="admin")
User.objects.filter(pk=admin.pk).update(first_name={TEXT!r})
services.set_entry_tags(actor=admin, entry=Entry.objects.filter(kind="tool").first(), tags=["kept"])
"""
ADD = {"a": 2, "b": 3}


def manage(folder: Path, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run a command without a hub, in a data folder."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
    complete = {**kept, "MCPHUB_DATA": str(folder), **environ}
    return subprocess.run(command, env=complete, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A backup of a hub that was serving meanwhile, and a token it gave."""
    folder = tmp_path_factory.mktemp("first")
    (folder / "data").mkdir()
    hub = live.start(folder / "data", "uvicorn")
    try:
        hub.manage("shell", "-v", "0", "-c", FILL)
        token = hub.token("demo-private")
        assert hub.call("demo-private", "add", ADD, token=token)["structuredContent"]
        facts = json.loads(hub.manage("backup", str(folder / "backup"), "--json"))
        assert facts["rows"] > 50
    finally:
        live.end(hub)
    yield folder / "backup", token


def works(hub: live.LiveHub, token: str) -> None:
    """The token works, the trail holds together, and what was curated is as it was."""
    assert not hub.call("demo-private", "add", ADD, token=token)["isError"]
    assert json.loads(hub.manage("audit_verify", "--json"))["ok"]
    asked = "from accounts.models import User; print(repr(User.objects.get().first_name))"
    assert hub.manage("shell", "-v", "0", "-c", asked) == repr(TEXT)
    tags = "from catalog.models import Tag; print(Tag.objects.get(name='kept').entries.count())"
    assert hub.manage("shell", "-v", "0", "-c", tags) == "1"


def test_a_token_works_and_the_trail_holds_together_afterwards(
    taken: tuple[Path, str], tmp_path: Path
) -> None:
    backup, token = taken
    done = manage(tmp_path / "data", "restore", str(backup))
    assert done.returncode == 0, done.stderr
    hub = live.start(tmp_path / "data", "daphne")
    try:
        works(hub, token)
    finally:
        live.end(hub)
    assert manage(tmp_path / "data", "audit_verify").returncode == 0


def test_a_backup_holds_what_is_secret_for_its_owner_alone(taken: tuple[Path, str]) -> None:
    backup, token = taken
    assert backup.stat().st_mode & 0o777 == 0o700
    assert (backup / "secret_key").stat().st_mode & 0o777 == 0o600
    everything = b"".join(gzip.decompress(each.read_bytes()) for each in backup.glob("rows/*"))
    assert token.encode() not in everything


def test_a_database_with_people_in_it_is_left_alone(
    taken: tuple[Path, str], tmp_path: Path
) -> None:
    backup, _ = taken
    assert manage(tmp_path / "data", "restore", str(backup)).returncode == 0
    again = manage(tmp_path / "data", "restore", str(backup))
    assert again.returncode == 2 and "not empty" in again.stderr


def test_another_key_from_the_environment_is_refused(
    taken: tuple[Path, str], tmp_path: Path
) -> None:
    done = manage(tmp_path / "data", "restore", str(taken[0]), MCPHUB_SECRET_KEY=KEY)
    assert done.returncode == 2 and "another MCPHUB_SECRET_KEY" in done.stderr
    right = (taken[0] / "secret_key").read_text()
    done = manage(tmp_path / "data", "restore", str(taken[0]), MCPHUB_SECRET_KEY=right)
    assert done.returncode == 0, done.stderr


def copied(backup: Path, folder: Path) -> Path:
    """The same backup, to be spoilt."""
    for path in backup.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(backup)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return folder


def spoil_rows(folder: Path) -> None:
    path = folder / "rows" / "accounts.user.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-9])


def spoil_manifest(**facts: Any) -> Any:
    def spoil(folder: Path) -> None:
        path = folder / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))

    return spoil


SPOILT = {
    "a file was cut": (spoil_rows, "is not the file"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "holds no backup"),
    "a manifest that is none": (
        lambda folder: (folder / "manifest.json").write_text("[]"),
        "no backup",
    ),
    "a newer form": (spoil_manifest(form=2), "form 1"),
    "other tables": (spoil_manifest(migrations=["catalog.0999_later"]), "whose tables are others"),
    "a foreign table": (
        spoil_manifest(tables=[{"model": "a.b", "columns": [], "rows": 0, "sha256": ""}]),
        "not known",
    ),
    "a path": (
        spoil_manifest(tables=[{"model": "../x", "columns": [], "rows": 0, "sha256": ""}]),
        "not known",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_no_whole_backup_of_this_hub_is_refused(
    taken: tuple[Path, str], tmp_path: Path, name: str
) -> None:
    spoil, told = SPOILT[name]
    folder = copied(taken[0], tmp_path / "copy")
    spoil(folder)
    done = manage(tmp_path / "data", "restore", str(folder))
    assert done.returncode == 2 and told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_backup_is_written_into_an_empty_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    assert manage(tmp_path / "data", "migrate").returncode == 0
    done = manage(tmp_path / "data", "backup", str(tmp_path / "full"))
    assert done.returncode == 2 and "not empty" in done.stderr
    file = tmp_path / "full" / "file"
    assert manage(tmp_path / "data", "backup", str(file)).returncode == 2


LARGE = """
import secrets
from catalog.models import Definition
Definition.objects.create(sha256="a" * 64, body=secrets.token_hex(400_000))
"""
ROOM = 64 * 1024
"""Bytes that a file may have where there is no room for more."""


def test_a_disk_without_room_is_a_failure_and_no_bad_input(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "backup"
    assert manage(data, "migrate", "-v", "0").returncode == 0
    assert manage(data, "shell", "-v", "0", "-c", LARGE).returncode == 0
    done = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "backup", str(folder)],
        env={"PATH": os.environ["PATH"], "MCPHUB_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM)),
    )
    assert done.returncode == 1, done.stderr
    assert f"What is in {folder} is no backup: remove it." in done.stderr
    assert not (folder / "manifest.json").exists()


@pytest.mark.services
def test_a_backup_moves_a_hub_from_sqlite_to_postgresql_and_back(
    taken: tuple[Path, str], tmp_path: Path
) -> None:
    postgres = os.environ.get("TEST_ON_POSTGRES", "")
    if not postgres:
        pytest.skip("needs TEST_ON_POSTGRES")
    backup, token = taken
    key = (backup / "secret_key").read_text()
    url = databases.fresh(postgres)
    try:
        wrong = {"DATABASE_URL": url, "MCPHUB_SECRET_KEY": KEY}
        refused = manage(tmp_path / "pg", "restore", str(backup), **wrong)
        assert refused.returncode == 2 and "another MCPHUB_SECRET_KEY" in refused.stderr
        environ = {"DATABASE_URL": url, "MCPHUB_SECRET_KEY": key}
        done = manage(tmp_path / "pg", "restore", str(backup), **environ)
        assert done.returncode == 0, done.stderr
        (tmp_path / "pg").mkdir(exist_ok=True)
        hub = live.start(tmp_path / "pg", "uvicorn", **environ)
        try:
            works(hub, token)
            hub.manage("backup", str(tmp_path / "again"))
        finally:
            live.end(hub)
        environ = {"MCPHUB_SECRET_KEY": key}
        done = manage(tmp_path / "back", "restore", str(tmp_path / "again"), **environ)
        assert done.returncode == 0, done.stderr
        hub = live.start(tmp_path / "back", "uvicorn", **environ)
        try:
            works(hub, token)
        finally:
            live.end(hub)
    finally:
        databases.drop(url)
