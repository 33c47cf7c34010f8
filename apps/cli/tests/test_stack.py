"""The life of one stack with fake services: up, status, crashes, logs, down, up again, wiped."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from httpx import Client

from deskstream_cli.demo.next_steps import commands, next_steps
from deskstream_cli.stack.supervisor import supervisor_of
from deskstream_cli.testing import Desk
from deskstream_contracts.topics import SERVICES, topic_named
from deskstream_localstack.ports import accepts_connections

PROGRAMS = ("postgres", "kafka", "valkey", *SERVICES, "envoy", "catcher")
WAIT_S = 20.0


@pytest.fixture(scope="module", autouse=True)
def running(desk: Desk) -> None:
    """The stack is up, once for all tests of this module."""
    result = desk.run("up")
    assert result.returncode == 0, result.stdout + result.stderr


def test_up_prints_where_everything_is(desk: Desk) -> None:
    result = desk.run("up")

    assert result.returncode == 0
    for url in desk.state().urls.values():
        assert url in result.stdout
    assert str(desk.folder.api_key) in result.stdout
    assert "Other ports than usual" in result.stdout


def test_up_again_changes_nothing(desk: Desk) -> None:
    before = _pids(desk)

    assert desk.run("up").returncode == 0

    assert _pids(desk) == before


def test_up_again_migrates_nothing(desk: Desk) -> None:
    result = desk.run("up", FAIL_MIGRATE="ai")

    assert result.returncode == 0, result.stderr


def test_url_prints_one_address_or_all(desk: Desk) -> None:
    urls = desk.state().urls

    assert desk.run("url", "gateway").stdout == f"{urls['gateway']}\n"
    assert [line.split() for line in desk.run("url").stdout.splitlines()] == [
        [name, address] for name, address in urls.items()
    ]
    unknown = desk.run("url", "nowhere")
    assert unknown.returncode == 1
    assert "Nothing here is called 'nowhere'. Known: gateway" in unknown.stderr


def test_rebuild_stops_a_service_and_starts_it_again(desk: Desk) -> None:
    before = _pids(desk)

    result = desk.run("rebuild", "ai")

    assert result.returncode == 0, result.stderr
    assert "rebuilt as ai-1" in result.stdout
    after = _pids(desk)
    assert {name for name in before if after[name] != before[name]} == {"ai"}


def test_a_rebuild_that_fails_is_told_and_the_service_runs_again(desk: Desk) -> None:
    before = _pids(desk)

    result = desk.run("rebuild", "notify")

    assert result.returncode == 1
    assert "notify: the log is not there" in result.stderr
    assert "notify was not rebuilt" in result.stderr
    assert _pids(desk)["notify"] not in {0, before["notify"]}


def test_rebuild_of_an_unknown_service_names_those_there_are(desk: Desk) -> None:
    result = desk.run("rebuild", "mail")

    assert result.returncode == 1
    assert "There is no service 'mail'" in result.stderr


def test_status_as_json(desk: Desk) -> None:
    status = json.loads(desk.run("status", "--json").stdout)
    assert status["running"] is True

    assert {program["name"] for program in status["programs"]} == set(PROGRAMS)
    assert [consumer["group"] for consumer in status["consumers"]] == list(SERVICES)


def test_status_shows_every_program_and_each_consumers_lag(desk: Desk) -> None:
    result = desk.run("status")

    assert result.returncode == 0, result.stdout
    rows = {line.split()[0]: line.split() for line in result.stdout.splitlines() if line.split()}
    for program in PROGRAMS:
        assert program in rows
    assert rows["kafka"][1:4] == ["ready", "4.4.0", str(desk.state().ports["kafka"])]
    assert "records behind" in result.stdout


def test_what_works_behind_the_scenes_steps_back(desk: Desk) -> None:
    pids = _pids(desk)
    behind = {name for name, pid in pids.items() if psutil.Process(pid).nice() > os.nice(0)}

    assert behind == {"ai", "escalation", "notify", "catcher"}


def test_requests_reach_the_services_through_the_gateway(desk: Desk) -> None:
    with urllib.request.urlopen(f"{desk.state().urls['gateway']}/v1/tickets?q=1") as answer:
        assert json.load(answer)["service"] == "projection"


def test_the_commands_that_the_demo_ends_with_can_be_copied(desk: Desk) -> None:
    shown = next_steps(desk.folder, desk.state()).splitlines()
    for command in commands(desk.folder, desk.state()).values():
        assert f"    {command}" in shown
        done = subprocess.run(
            ["bash", "-c", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        key = desk.folder.api_key.read_text().strip()
        assert json.loads(done.stdout)["headers"]["authorization"] == f"Bearer {key}"


def test_services_get_their_own_settings(desk: Desk) -> None:
    environment = psutil.Process(_pids(desk)["notify"]).environ()

    assert environment["DESK_POSTGRES_DSN"].startswith("postgresql://notify:")
    assert environment["DESK_POSTGRES_DSN"].endswith("/notify")
    assert environment["DESK_SMTP_PORT"] == str(desk.state().ports["smtp"])
    keys = json.loads(Path(environment["DESK_API_KEYS_FILE"]).read_text())
    assert keys["keys"][0]["id"] == "demo"


def test_ai_is_checked_with_the_settings_of_the_running_service(desk: Desk) -> None:
    result = desk.run("ai", "check")

    assert result.stdout == "asked as ai-1\n", result.stderr
    assert result.returncode == 2


def test_a_warning_of_a_service_is_shown_though_it_is_ready(desk: Desk) -> None:
    result = desk.run("status")

    assert result.returncode == 0
    assert "ai: model: gives no answers" in result.stdout


def test_all_that_a_running_stack_keeps_is_closed_to_others(desk: Desk) -> None:
    root = desk.folder.root
    kept = [path for path in (root, *root.rglob("*")) if path.exists()]

    assert {"envoy.log", "supervisord.log", "PG_VERSION", "api-keys.json"} <= {
        path.name for path in kept
    }
    assert [path for path in kept if path.stat().st_mode & 0o077] == []


def test_no_port_shows_other_users_what_is_inside(desk: Desk) -> None:
    ports = desk.state().ports
    listening = {
        connection.laddr.port
        for pid in _pids(desk).values()
        for connection in psutil.Process(pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening <= set(ports.values())
    with Client(base_url=desk.state().catcher_url, follow_redirects=True) as browser:
        assert browser.get("mails").status_code == 401
        assert browser.get(desk.state().urls["catcher"]).status_code == 200


@pytest.mark.parametrize("program", ["ingest", "postgres", "kafka", "envoy"])
def test_a_killed_program_comes_back_by_itself(desk: Desk, program: str) -> None:
    killed = _pids(desk)[program]

    os.kill(killed, signal.SIGKILL)

    _wait(lambda: _pids(desk)[program] not in (0, killed))
    _wait(lambda: accepts_connections(desk.state().programs[program].port))


def test_logs_show_one_part_or_all(desk: Desk) -> None:
    one = desk.run("logs", "ingest")
    everything = desk.run("logs")

    assert "ingest serves" in one.stdout
    assert "ai serves" not in one.stdout
    assert "ai serves" in everything.stdout


def test_logs_follow_new_lines(desk: Desk) -> None:
    following = desk.start("logs", "ingest", "-f")
    try:
        assert following.stdout is not None
        while "ingest serves" not in following.stdout.readline():
            pass
        os.kill(_pids(desk)["ingest"], signal.SIGKILL)
        assert "ingest serves" in following.stdout.readline()
    finally:
        following.kill()
        following.communicate()


def test_logs_of_an_unknown_part_name_the_known_ones(desk: Desk) -> None:
    result = desk.run("logs", "nobody")

    assert result.returncode == 1
    assert "There is no log of nobody" in result.stderr
    assert "kafka" in result.stderr


def test_topics_apply_finds_them_as_they_should_be(desk: Desk) -> None:
    result = desk.run("topics", "apply")

    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("0 topics created")


def test_topics_of_an_earlier_release_are_named_and_altered_when_asked(desk: Desk) -> None:
    setting = {"message.timestamp.after.max.ms": "7200000"}
    asyncio.run(_set(desk.state().urls["kafka"], "ticket.created", setting))

    refused = desk.run("topics", "apply")
    assert refused.returncode == 1
    for said in ("ticket.created has message.timestamp.after.max.ms=7200000", "--alter-settings"):
        assert said in refused.stderr
    altered = desk.run("topics", "apply", "--alter-settings")
    assert altered.stdout.splitlines()[:1] == [
        "altered ticket.created: message.timestamp.after.max.ms from 7200000 to 3600000"
    ]
    assert desk.run("topics", "apply").stdout.startswith("0 topics created")


async def _set(bootstrap: str, topic: str, settings: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        wanted = topic_named(topic).config() | settings
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, wanted)])
    finally:
        await admin.close()


def test_down_stops_everything_and_up_finds_the_data_again(desk: Desk) -> None:
    before = list(_pids(desk).values())
    key = desk.folder.api_key.read_text()
    ports = desk.state().ports

    assert desk.run("down").returncode == 0
    _wait(lambda: not any(psutil.pid_exists(pid) for pid in before))
    status = desk.run("status", "--json")
    assert (status.returncode, json.loads(status.stdout)["running"]) == (3, False)
    with socket.create_server(("127.0.0.1", ports["catcher"])):
        again = desk.run("up")

    assert again.returncode == 0, again.stdout + again.stderr
    moved = desk.state().ports
    assert moved["catcher"] != ports["catcher"]
    assert {**moved, "catcher": 0} == {**ports, "catcher": 0}
    assert desk.folder.api_key.read_text() == key
    assert desk.run("topics", "apply").stdout.startswith("0 topics created")


def test_programs_that_lost_their_supervisor_are_stopped_by_the_next_up(desk: Desk) -> None:
    orphans = _pids(desk)
    os.kill(int(desk.folder.supervisor_pid.read_text()), signal.SIGKILL)

    result = desk.run("up", "--parts-only")

    assert "left running" in result.stdout
    assert result.returncode == 0, result.stdout + result.stderr
    _wait(lambda: not any(psutil.pid_exists(pid) for pid in orphans.values()))
    assert not set(SERVICES) & set(_pids(desk))


def test_wipe_deletes_everything_that_was_kept(desk: Desk) -> None:
    assert desk.run("down", "--wipe").returncode == 0

    assert not desk.folder.root.exists()


def _pids(desk: Desk) -> dict[str, int]:
    supervisor = supervisor_of(desk.folder, desk.state())
    assert supervisor
    return {name: info.pid for name, info in supervisor.processes().items()}


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.1)
