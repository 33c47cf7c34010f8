"""`desk import` from the command to the report, against an API that stands in for the real one."""

import asyncio
import csv
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from deskstream_cli.importing.plan import ImportOptions, PlannedTicket, plan_import
from deskstream_cli.importing.remarks import WrongRow
from deskstream_cli.importing.sender import ImportStopped, TicketSender
from deskstream_cli.main import desk
from deskstream_cli.stack.errors import StackError

TICKET_ID = "0199f0aa-0000-7000-8000-000000000001"


class Api(ThreadingHTTPServer):
    """Knows tickets by source and id; another content is 409, as ingest answers it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tickets: dict[tuple[str, str], Any] = {}
        self.paths: list[str] = []
        self.fail_from: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Api

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.paths.append(self.path)
        if self.server.fail_from is not None and len(self.server.paths) > self.server.fail_from:
            self._answer(503, {})
            return
        customer = body.get("customer", {})
        if ".." in customer.get("email", "") and customer.get("unusable") != "keep":
            self._answer(422, {"errors": [{"pointer": "/customer/email", "detail": "no"}]})
            return
        if body["body"] == "\u200b":
            self._answer(422, {"errors": [{"pointer": "/body", "detail": "cannot be seen"}]})
            return
        key = (body["external"]["source"], body["external"]["id"])
        known = self.server.tickets.setdefault(key, body)
        if known is body:
            self._answer(201, {})
        elif known == body:
            self._answer(200, {})
        else:
            errors = [{"pointer": "/body", "detail": f"says {body['body']!r}"}]
            detail = f"Ticket {TICKET_ID} was accepted for {key[1]!r} with another body."
            self._answer(409, {"detail": detail, "errors": errors})

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        raw = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Write nothing for each request."""


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text("desk_test\n")
    return path


def run(tmp_path: Path, *arguments: object) -> Result:
    texts = [str(argument) for argument in arguments]
    return CliRunner().invoke(desk, ["import", *texts, "--data-dir", str(tmp_path / "data")])


def report_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_rows_are_sent_once_and_the_report_names_the_rest(
    api: Api, key: Path, tmp_path: Path
) -> None:
    file = tmp_path / "export.csv"
    file.write_text(
        "id,email,text,priority\n1,ann@example.com,Hello,Rush\n2,ben@example.com,,\n"
        "3,cal@example.com,[/] \x1b[31mred,\n4,dee@example.com,\u200b,\n"
    )
    report = tmp_path / "report.csv"
    to = ("--url", api.url, "--api-key-file", key, "--source", "shop", "--report", report)

    first = run(tmp_path, file, *to)
    again = run(tmp_path, file, *to)

    assert first.exit_code == again.exit_code == 2, first.output
    assert "4 rows: 2 new, 0 known already, 0 sent before, 2 wrong" in first.output
    assert "4 rows: 0 new, 2 known already" in again.output
    assert "line 2 becomes POST /v1/tickets" in first.output
    assert "\x1b[31m" not in first.output
    assert report_of(report) == [
        {
            "line": "2",
            "column": "priority",
            "what": "imported with a change",
            "reason": "is no priority we know; left to triage",
        },
        {"line": "3", "column": "text", "what": "not imported", "reason": "has no text"},
        {
            "line": "5",
            "column": "text",
            "what": "not imported",
            "reason": "refused (422): /body: cannot be seen",
        },
    ]
    assert "Rush" not in report.read_text()
    assert "example.com" not in report.read_text()


def test_other_content_under_a_known_id_is_an_error_that_names_both(
    api: Api, key: Path, tmp_path: Path
) -> None:
    to = ("--url", api.url, "--api-key-file", key, "--source", "shop")
    for folder, text in (("a", "Hello"), ("b", "My secret is 42")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "export.csv").write_text(f"id,text\n1,{text}\n")

    assert run(tmp_path, tmp_path / "a/export.csv", *to).exit_code == 0
    second = run(tmp_path, tmp_path / "b/export.csv", *to)

    assert second.exit_code == 2
    assert f"line 2: refused (409): its id is known as ticket {TICKET_ID}" in second.output
    assert "secret" not in second.output.partition("refused")[2]


def test_a_file_name_is_a_source_once(api: Api, key: Path, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "My export.csv").write_text("id,text\n1,Hello\n")
    (tmp_path / "data").mkdir()
    state = {"urls": {"gateway": api.url}, "ports": {}}
    (tmp_path / "data/state.json").write_text(json.dumps(state))
    (tmp_path / "data/api-key").write_text("desk_test")

    first = run(tmp_path, tmp_path / "a/My export.csv")
    again = run(tmp_path, tmp_path / "a/My export.csv")
    other = run(tmp_path, tmp_path / "b/My export.csv")

    assert first.exit_code == again.exit_code == 0, first.output
    assert list(api.tickets) == [("my_export", "1")]
    assert isinstance(other.exception, StackError)
    assert "give --source my_export" in str(other.exception)
    named = run(tmp_path, tmp_path / "b/My export.csv", "--source", "other")
    assert named.exit_code == 0
    assert list(api.tickets) == [("my_export", "1"), ("other", "1")]


def test_another_gateway_wants_a_source(key: Path, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text("id,text\n1,Hello\n")

    shown = run(tmp_path, file, "--url", "http://127.0.0.1:9", "--api-key-file", key)

    assert "--url needs --source" in str(shown.exception)


def test_a_dry_run_needs_no_stack_and_sends_nothing(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "export [red].csv"
    file.write_text("id,text,created_at\n1,Hello,2026-03-01 10:00\n2,,2099-01-01\n")

    shown = run(tmp_path, file, "--dry-run")

    assert shown.exit_code == 2
    assert "line 2 becomes POST /v1/tickets" in shown.output
    assert "2 rows: 1 would be sent, 1 wrong; nothing was sent" in shown.output
    assert "1 times name no zone and are taken as UTC (--timezone)" in shown.output
    (report,) = (tmp_path / "data/imports").glob("*.report.csv")
    assert "1 times name no zone and were taken as UTC" in report.read_text()
    assert api.paths == []


def test_history_goes_to_its_own_route(api: Api, key: Path, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text("id,text,created_at\n1,Hello,2024-03-01T10:00:00Z\n")

    shown = run(
        tmp_path, file, "--history", "--url", api.url, "--api-key-file", key, "--source", "old"
    )

    assert shown.exit_code == 0, shown.output
    assert api.paths == ["/v1/tickets/history"]
    assert api.tickets["old", "1"]["status"] == "resolved"


def test_an_import_that_stopped_goes_on_and_its_report_is_whole(
    api: Api, key: Path, tmp_path: Path
) -> None:
    file, report = tmp_path / "export.csv", tmp_path / "report.csv"
    lines = [f"{n},{'' if n % 100 == 0 else f'text {n}'}" for n in range(1, 601)]
    file.write_text("id,text\n" + "\n".join(lines) + "\n")
    to = ("--url", api.url, "--api-key-file", key, "--source", "shop", "--report", report)

    api.fail_from = 350
    stopped = run(tmp_path, file, *to, "--give-up-after-s", 1, "--concurrency", 4)
    api.fail_from = None
    sent_before = len(api.paths)
    done = run(tmp_path, file, *to)

    assert "Run the same command again" in str(stopped.exception)
    assert done.exit_code == 2, done.output
    assert "600 rows:" in done.output
    assert " 0 sent before" not in done.output
    assert len(api.paths) - sent_before < 594
    assert len(api.tickets) == 594
    assert [entry["line"] for entry in report_of(report)] == [
        str(n + 1) for n in range(100, 601, 100)
    ]


def test_a_row_that_was_wrong_before_the_stop_still_counts(
    api: Api, key: Path, tmp_path: Path
) -> None:
    file = tmp_path / "export.csv"
    lines = [f"{n},{'' if n == 1 else f'text {n}'},2026-01-02 10:00" for n in range(1, 401)]
    file.write_text("id,text,created_at\n" + "\n".join(lines) + "\n")
    to = ("--url", api.url, "--api-key-file", key, "--source", "shop")

    api.fail_from = 300
    run(tmp_path, file, *to, "--give-up-after-s", 1, "--concurrency", 4)
    api.fail_from = None
    done = run(tmp_path, file, *to)

    assert done.exit_code == 2, done.output
    assert " 1 wrong\n  line 2, text: has no text" in done.output
    assert "399 times name no zone" in done.output
    assert "400/400" in done.output


def test_an_interrupted_import_says_how_to_resume(
    api: Api, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "export.csv"
    file.write_text("id,text\n1,Hello\n")

    async def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(TicketSender, "send", interrupted)
    stopped = run(tmp_path, file, "--url", api.url, "--api-key-file", key, "--source", "shop")

    assert stopped.exit_code == 130
    assert "Stopped. Run the same command again to resume." in stopped.output


async def test_rows_are_settled_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text("id,text\n" + "".join(f"{n},text {n}\n" for n in range(50)))
    done: list[PlannedTicket | WrongRow] = []

    async def slow_at_first(request: httpx.Request) -> httpx.Response:
        number = int(json.loads(request.content)["external"]["id"])
        for _ in range(50 - number):
            await asyncio.sleep(0)
        return httpx.Response(201)

    transport = httpx.MockTransport(slow_at_first)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        sender = TicketSender(
            client,
            concurrency=8,
            give_up_after_s=1,
            on_done=done.append,
            remember=lambda _: None,
        )
        plan = plan_import(file, ImportOptions(source="t"))
        result = await sender.send(plan.rows(datetime.now(UTC)), after_line=0)

    assert result.created == 50
    assert [row.line for row in done] == list(range(2, 52))


async def test_a_refused_key_stops_the_import(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text("id,text\n1,Hello\n")
    transport = httpx.MockTransport(lambda _: httpx.Response(401))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        sender = TicketSender(
            client,
            concurrency=1,
            give_up_after_s=1,
            on_done=lambda _: None,
            remember=lambda _: None,
        )
        with pytest.raises(ImportStopped, match="key was refused"):
            await sender.send(
                plan_import(file, ImportOptions(source="t")).rows(datetime.now(UTC)), 0
            )


def test_the_sample_of_the_readme_and_the_demo_need_no_option() -> None:
    demo = Path(__file__).parents[3] / "demo"
    for name, rows in (("sample-tickets.csv", 6), ("tickets.csv", 192)):
        found = list(plan_import(demo / name, ImportOptions(source="demo")).rows(datetime.now(UTC)))
        assert len(found) == rows
        assert all(isinstance(row, PlannedTicket) and not row.remarks for row in found)


def test_a_row_without_an_id_keeps_the_id_it_always_had(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text("text\nHello\nHello\nOther\n")

    rows = list(plan_import(file, ImportOptions(source="t")).rows(datetime.now(UTC)))

    assert [row.request["external"]["id"] for row in rows if isinstance(row, PlannedTicket)] == [
        "row-185f8db32271fe25f561a6fc938b2e26-1",
        "row-185f8db32271fe25f561a6fc938b2e26-2",
        "row-f97e9da0e3b879f0a9df979ae260a5f7-1",
    ]


def test_a_message_is_kept_though_its_address_can_never_be_answered(
    api: Api, key: Path, tmp_path: Path
) -> None:
    file, report = tmp_path / "export.csv", tmp_path / "report.csv"
    file.write_text("id,email,text\n1,kim..x@example.com,Hello\n2,ann@example.com,Hi\n")
    to = ("--url", api.url, "--api-key-file", key, "--source", "shop", "--report", report)

    shown = run(tmp_path, file, *to)

    assert shown.exit_code == 0, shown.output
    assert api.tickets["shop", "1"]["customer"] == {
        "email": "kim..x@example.com",
        "unusable": "keep",
    }
    assert api.tickets["shop", "2"]["customer"] == {"email": "ann@example.com"}
    (entry,) = report_of(report)
    assert (entry["line"], entry["column"]) == ("2", "email")
    assert "example.com" not in entry["reason"]
