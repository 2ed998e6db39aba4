"""environment.py, and the start it stops: one table, one sentence."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from mcphub.environment import SETTINGS, BadSetting, read

NAMES = [setting.name for setting in SETTINGS]


def refused(**environ) -> str:
    with pytest.raises(BadSetting) as told:
        read(environ)
    return str(told.value)


@pytest.mark.behaviour("C4")
def test_every_setting_has_a_default_that_is_read():
    values = read({})
    assert list(values) == NAMES
    assert (values["HOST"], values["PORT"], values["SERVER"]) == ("127.0.0.1", 8000, "daphne")


@pytest.mark.parametrize("name", NAMES)
def test_empty_setting_is_the_default(name):
    assert read({name: ""})[name] == read({})[name]


@pytest.mark.parametrize("setting", SETTINGS, ids=NAMES)
def test_setting_says_what_it_is(setting):
    assert setting.help.endswith(".") and len(setting.help) < 120


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", " "),
        ("HOST", "127.0.0.1:8000"),
        ("HOST", "http://127.0.0.1"),
        ("HOST", "*"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "80.0"),
        ("PORT", "9" * 5000),
        ("PORT", "²"),
        ("WORKERS", "0"),
        ("WORKERS", "many"),
        ("MCPHUB_TOOL_THREADS", "0"),
        ("MCPHUB_STREAMS_PER_USER", "0"),
        ("MCPHUB_STREAMS_PER_USER", "none"),
        ("MCPHUB_STREAMS_PER_USER", "1000001"),
        ("SERVER", "gunicorn"),
        ("MCPHUB_LOG_LEVEL", "loud"),
        ("MCPHUB_DEBUG", "maybe"),
        ("MCPHUB_PRIVATE_SCHEMES", "javascript"),
        ("MCPHUB_PRIVATE_SCHEMES", "cursor, DATA:"),
        ("MCPHUB_PRIVATE_SCHEMES", "https"),
        ("MCPHUB_PRIVATE_SCHEMES", "cursor://host"),
        ("MCPHUB_PRIVATE_SCHEMES", "9p"),
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "hub"),
        ("REDIS_URL", "http://x"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("REDIS_URL", "redis://h:6379/jobs"),
        ("REDIS_URL", "redis://h:6379/1,redis://h:6379/2"),
        ("MCPHUB_PUBLIC_URL", "hub.example.com"),
        ("MCPHUB_PUBLIC_URL", "ftp://hub.example.com"),
        ("MCPHUB_PUBLIC_URL", "https://hub.example.com/path"),
        ("MCPHUB_PUBLIC_URL", "https://"),
        ("MCPHUB_PUBLIC_URL", "https://a:b@hub.example.com"),
        ("MCPHUB_PUBLIC_URL", "https://hub.example.com?x"),
        ("MCPHUB_PUBLIC_URL", "https://hub.example.com:port"),
        ("MCPHUB_PUBLIC_URL", "https://hub.example.com:99999"),
        ("MCPHUB_PUBLIC_URL", "https://[::1"),
        ("MCPHUB_PUBLIC_URL", "https://@hub.example.com"),
        ("MCPHUB_PUBLIC_URL", "https://hub.example.com#"),
        ("MCPHUB_PUBLIC_URL", "https://hub\n.example.com"),
        ("MCPHUB_PUBLIC_URL", "https://hub example.com"),
        ("MCPHUB_PUBLIC_URL", "https://127.1"),
        ("MCPHUB_PUBLIC_URL", "https://[fe80::1%eth0]"),
        ("MCPHUB_TRUSTED_PROXIES", "proxy.example.com"),
        ("MCPHUB_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("MCPHUB_EXTRA_HOSTS", "*"),
        ("MCPHUB_EXTRA_HOSTS", ".example.com"),
        ("MCPHUB_EXTRA_HOSTS", "hub.example.com,https://b.example.com"),
        ("MCPHUB_EXTRA_HOSTS", "hub.example.com:8000"),
        ("MCPHUB_TOOLS", "/nowhere/at/all.py"),
        ("MCPHUB_TOOLS", "/dev/null"),
        ("MCPHUB_TOOLS", "~nobody-of-this-name/tools"),
        ("MCPHUB_TOOLS", "/nowhere/" + "far/" * 1000),
        ("MCPHUB_TOOLS", "/no\nwhere"),
    ],
)
def test_setting_that_makes_no_sense_is_told_in_one_sentence(name, value):
    told = refused(**{name: value})
    assert told.startswith(f"{name} ") and told.endswith(".") and "\n" not in told
    assert len(told) < 200


def test_host_that_clients_write_otherwise_is_told_how_to_be_written():
    assert "xn-- form" in refused(MCPHUB_PUBLIC_URL="https://hüb.example.com")
    assert "without a dot" in refused(MCPHUB_PUBLIC_URL="https://hub.example.com.:8443")


@pytest.mark.parametrize(
    "environ",
    [
        {"WORKERS": "2", "SERVER": "uvicorn", "DATABASE_URL": "postgres://h/d"},
        {"WORKERS": "2", "SERVER": "uvicorn", "REDIS_URL": "redis://h"},
        {"WORKERS": "2", "DATABASE_URL": "postgres://h/d", "REDIS_URL": "redis://h"},
        {"MCPHUB_SECRET_KEY": "a" * 40, "MCPHUB_SECRET_KEY_FILE": "key"},
    ],
)
def test_settings_that_contradict_each_other_are_told(environ):
    assert refused(**environ).endswith(".")


def test_several_workers_may_serve():
    environ = {"SERVER": "uvicorn", "DATABASE_URL": "postgres://h/d", "REDIS_URL": "redis://h"}
    assert read({"WORKERS": "4", **environ})["WORKERS"] == 4


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MCPHUB_PUBLIC_URL", "HTTPS://Hub.Example.com/ ", "https://hub.example.com"),
        ("MCPHUB_PUBLIC_URL", "http://[::1]:8000", "http://[::1]:8000"),
        ("MCPHUB_PUBLIC_URL", "https://hub.example.com:443", "https://hub.example.com"),
        ("MCPHUB_PUBLIC_URL", "https://hub.example.com:0443/", "https://hub.example.com"),
        ("MCPHUB_PUBLIC_URL", "http://hub.example.com:80", "http://hub.example.com"),
        ("MCPHUB_PUBLIC_URL", "http://hub.example.com:443", "http://hub.example.com:443"),
        ("MCPHUB_PUBLIC_URL", "https://hub.example.com:08443", "https://hub.example.com:8443"),
        ("MCPHUB_PUBLIC_URL", "https://hub.example.com:", "https://hub.example.com"),
        ("MCPHUB_PUBLIC_URL", "https://[::1]:443", "https://[::1]"),
        ("MCPHUB_PUBLIC_URL", "https://xn--hb-xka.example", "https://xn--hb-xka.example"),
        ("MCPHUB_EXTRA_HOSTS", " a.example, ,b.example", ["a.example", "b.example"]),
        ("MCPHUB_TRUSTED_PROXIES", "10.1.2.3/8, ::1", ["10.0.0.0/8", "::1/128"]),
        (
            "MCPHUB_TRUSTED_PROXIES",
            "::ffff:10.0.0.0/104, ::ffff:127.0.0.1, ::/0",
            ["10.0.0.0/8", "127.0.0.1/32", "::/0"],
        ),
        (
            "MCPHUB_PRIVATE_SCHEMES",
            "Cursor, com.example.app:,x://",
            ["cursor", "com.example.app", "x"],
        ),
        ("MCPHUB_DEBUG", "Yes", True),
        ("SERVER", " Uvicorn ", "uvicorn"),
        ("HOST", " localhost ", "localhost"),
        ("HOST", "::1", "::1"),
        ("HOST", "[::1]", "[::1]"),
        ("HOST", "0.0.0.0", "0.0.0.0"),
        ("PORT", " 80 ", 80),
        ("MCPHUB_ADMIN_PASSWORD", " blanks count ", " blanks count "),
    ],
)
def test_setting_is_read(name, value, expected):
    assert read({name: value})[name] == expected


def test_tools_may_be_files_and_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.py").write_text("")
    named = os.pathsep.join([str(tmp_path), str(tmp_path / "a.py"), "~/a.py", ""])
    assert read({"MCPHUB_TOOLS": f" {named} "})["MCPHUB_TOOLS"] == named


def test_path_among_several_that_is_not_there_is_named(tmp_path):
    told = refused(MCPHUB_TOOLS=f"{tmp_path}{os.pathsep}/nowhere/at/all.py")
    assert told == "MCPHUB_TOOLS names '/nowhere/at/all.py', which is neither a file nor a folder."


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"PORT": "many"}, "PORT takes a whole number"),
        ({"WORKERS": "2"}, "WORKERS above 1 needs REDIS_URL"),
        ({"DATABASE_URL": "postgres://h/d"}, "MCPHUB_SECRET_KEY"),
        ({"MCPHUB_SECRET_KEY": "short"}, "MCPHUB_SECRET_KEY takes keys of at least"),
        ({"MCPHUB_SECRET_KEY_FILE": "/nowhere/at/all"}, "MCPHUB_SECRET_KEY_FILE cannot be read"),
        ({"MCPHUB_TOOLS": "/nowhere/at/all.py"}, "MCPHUB_TOOLS names '/nowhere/at/all.py'"),
        ({"MCPHUB_DATA": "/dev/null/data"}, "MCPHUB_DATA cannot be used: Not a directory"),
    ],
)
def test_start_is_stopped_with_exit_2_and_one_line(environ, told, tmp_path):
    clean = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    done = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "check"],
        env={**clean, "MCPHUB_DATA": str(tmp_path), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(f"mcphub: {told}") and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "offered"),
    [
        ("https://hub.example.com", True),
        ("http://hub.example.com", False),
        ("https://localhost:8443", False),
        ("https://[::1]", False),
        ("", False),
    ],
)
def test_only_a_public_https_hub_can_know_clients_by_document(url, offered, tmp_path):
    code = "from mcphub import settings; print(settings.CLIENT_DOCUMENTS)"
    clean = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, "MCPHUB_DATA": str(tmp_path), "MCPHUB_PUBLIC_URL": url},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(offered)
