"""Files of other systems' shapes (made up) are imported right or refused with reason and line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deskstream_cli.importing.plan import ImportOptions, Plan, PlannedTicket, plan_import
from deskstream_cli.importing.refusals import FileRefused
from deskstream_cli.importing.remarks import WrongRow

FILES = Path(__file__).with_name("csv")
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A file, the options of its import, and its rows: parts of requests, or why they are wrong."""

    file: str
    options: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[Mapping[str, Any] | str] = ()
    refused: str = ""


def ticket(id_: str, body: object, **rest: Any) -> dict[str, Any]:
    return {"external.id": id_, "body": body, **rest}


CASES = [
    Case(
        "freshdesk.csv",
        {},
        [
            ticket(
                "1041",
                "Hello,\nmy mug & saucer arrived broken.\nSee [photo](https://img.example.com/7)",
                **{
                    "customer.email": "ida.lund@example.com",
                    "customer.name": "Ida Lund",
                    "customer.phone": "+45 20 12 34 56",
                    "customer.external_id": "t:9001",
                    "priority": "normal",
                    "tags": ["fragile", "bone_china"],
                    "language": "en",
                    "occurred_at": "2026-03-02T09:14:00+00:00",
                    "attributes.title": "Head of Tea",
                },
            ),
            ticket("1042", "Order 77 is late.", **{"attributes.work_phone": "4.52E+10"}),
        ],
    ),
    Case(
        "freshdesk.csv",
        {"history": True},
        [
            ticket("1041", ..., status="resolved", resolved_at="2026-03-03T10:00:00+00:00"),
            ticket("1042", ..., status="pending", queue="shipping"),
        ],
    ),
    Case(
        "zendesk.csv",
        {},
        [
            ticket(
                "501",
                "I was charged twice for order 9.",
                **{
                    "customer.name": "Lena Ito",
                    "tags": ["refund", "vip_customer"],
                    "priority": "high",
                    "occurred_at": "2025-11-03T08:00:00+00:00",
                },
            ),
            ticket("502", "Please send the invoice again."),
        ],
    ),
    Case("zendesk-view.csv", {}, refused=r"export of Zendesk.*--map body=COLUMN"),
    Case(
        "helpscout.csv",
        {"history": True},
        [
            ticket(
                "7311",
                'I cannot log in on my phone.\n\nIt says "wrong code".',
                status="open",
                occurred_at="2026-03-02T14:05:00+00:00",
                tags=["login", "mobile_app"],
                queue="support",
            ),
            ticket("7312", ..., status="closed", resolved_at="2026-03-03T09:30:00+00:00"),
        ],
    ),
    Case(
        "gorgias.csv",
        {},
        [
            ticket(
                "30001",
                "Can I change the size to M?",
                channel="email",
                tags=["size", "exchange"],
                occurred_at="2026-02-01T10:00:00+00:00",
            )
        ],
    ),
    Case(
        "excel-semicolon-cp1252.csv",
        {"source": "shop"},
        [
            ticket(
                "17",
                "Die Schuhe sind zu groß – was nun? Grüße, Jörg",
                subject="Größe",
                occurred_at="2026-03-29T14:30:00+00:00",
            ),
            ticket("18", "Wie schicke ich zurück?", subject="Rückgabe; dringend"),
        ],
    ),
    Case(
        "excel-unicode-text.txt",
        {},
        [
            ticket("1", "注文はどこですか？ 😀", subject="質問"),
            ticket("2", 'First line\nSecond "quoted" line'),
        ],
    ),
    Case(
        "bom-semicolon.csv",
        {},
        [ticket("1", "Où est ma commande ?"), ticket("2", "Merci ; au revoir")],
    ),
    Case("mac-cr.csv", {}, [ticket("1", "Where is my order?"), ticket("2", "It broke.\rTwice.")]),
    Case(
        "intercom.csv",
        {"history": True},
        refused=r"'Conversation started at \(Europe/Berlin\)'.*--timezone Europe/Berlin",
    ),
    Case(
        "intercom.csv",
        {"history": True, "zone": ZoneInfo("Europe/Berlin")},
        [
            ticket(
                "215471",
                "Where is my refund?",
                status="closed",
                occurred_at="2026-03-29T01:30:00+01:00",
                resolved_at="2026-03-30T09:00:00+02:00",
                priority="normal",
                tags=["refund"],
                queue="tier_1",
                customer={
                    "name": "Uma Rao",
                    "email": "uma.rao@example.com",
                    "phone": "98123 45678",
                    "external_id": "t:u-1",
                },
            ),
            ticket("215472", ..., status="on_hold", priority="high"),
        ],
    ),
    Case("jira.csv", {}, refused=r"'Labels' \(#16\) and 'Labels' \(#17\).*or by name"),
    Case(
        "jira.csv",
        {
            "history": True,
            "mapping": [("tags", "#16"), ("ignore", "Labels"), ("ignore", "Comment")],
        },
        [
            ticket(
                "IT-1",
                "The *VPN* is down.",
                status="pending",
                subject="VPN down",
                tags=["vpn"],
                occurred_at="2026-03-02T09:14:00+00:00",
            ),
            ticket(
                "IT-2",
                ...,
                status="resolved",
                resolution={"code": "done"},
                occurred_at="2026-03-12T23:14:00+00:00",
                resolved_at="2026-03-13T09:14:00+00:00",
            ),
            ticket("IT-3", ..., status="open"),
        ],
    ),
    Case(
        "hubspot.csv",
        {"history": True},
        [
            ticket(
                "5512",
                "I can not log in",
                status="pending",
                subject="Login fails",
                occurred_at="2026-03-02T09:14:00+00:00",
                customer={"name": "Zed Fox", "email": "zed.fox@example.com"},
            ),
            ticket("5513", ..., status="closed", resolved_at="2026-03-04T10:00:00+00:00"),
            ticket("5514", ..., status="open"),
        ],
    ),
    Case(
        "zoho.csv",
        {"history": True},
        [
            ticket(
                "4520000001",
                "The pump leaks",
                status="on_hold",
                occurred_at="2026-03-13T09:14:00+00:00",
                tags=["grosse_pumpe"],
                customer={
                    "name": "Ravi Sen",
                    "email": "ravi.sen@example.com",
                    "phone": "098123 45678",
                },
            ),
            ticket("4520000002", ..., status="closed", resolution={"note": "Replaced it"}),
            ticket("4520000003", ..., status="open"),
        ],
    ),
    Case("unclosed-quote.csv", {}, refused=r"Line 3: a quote .* never closed"),
    Case(
        "swallowed-rows.csv",
        {},
        ["line 2: .*quote closed that opens on line 2", ticket("3", "Hello")],
    ),
    Case("two-bodies.csv", {}, refused=r"'body' \(#2\) and 'Body' \(#4\)"),
    Case(
        "two-bodies.csv",
        {"mapping": [("body", "#2"), ("ignore", "#4")]},
        [ticket("1", "first")],
    ),
    Case("dates-both.csv", {}, refused=r"line 2 is 2026-04-03 \(dmy\) or 2026-03-04 \(mdy\)"),
    Case(
        "dates-both.csv",
        {"date_order": "mdy"},
        [
            ticket("1", ..., occurred_at="2026-03-04T10:00:00+00:00"),
            ticket("2", ..., occurred_at="2026-05-06T11:00:00+00:00"),
        ],
    ),
    Case(
        "dates-day-first.csv",
        {},
        [
            ticket("1", ..., occurred_at="2026-04-03T10:00:00+00:00"),
            ticket("2", ..., occurred_at="2026-03-29T02:30:00+00:00"),
            "line 4: is not a date",
        ],
    ),
    Case("no-header.csv", {}, refused=r"Line 1 looks like a row"),
    Case(
        "no-header.csv",
        {"has_header": False, "mapping": [("id", "#1"), ("customer_email", "#2"), ("body", "#3")]},
        [ticket("1", "Where is my card?"), ticket("2", "It never came")],
    ),
    Case("cyrillic-cp1251.csv", {}, refused=r"Line 2 is not UTF-8.*cp1251.*--encoding"),
    Case(
        "cyrillic-cp1251.csv",
        {"encoding": "cp1251"},
        [ticket("1", "Здравствуйте, где мой заказ?")],
    ),
    Case("empty.csv", {}, refused="is empty"),
    Case("header-only.csv", {}, refused="a header and no rows"),
    Case("one-column-by-accident.csv", {}, refused="single cell that holds comma"),
    Case("two-separators.csv", {}, refused="--delimiter comma or --delimiter semicolon"),
    Case(
        "odd-rows.csv",
        {},
        [
            ticket("A-1", "Hello", priority="urgent", language="de"),
            ticket("A-2", "Second", **{"customer.phone": "491711234567"}),
            ticket("A-3", "Third", **{"attributes.phone": "4.92E+11", "language": "en-US"}),
            "line 6: .*line 2 and line 6",
            ticket("A-1", "Hello"),
            "line 8: was rounded",
            ticket("A-5", '=HYPERLINK("http://x")'),
            "line 10: has 4 cells, the header has 6",
            "line 11: holds a NUL character",
            ticket("00123", "😀 emoji"),
            "line 13: has no text",
            ticket("A-8", "Odd address", **{"customer.email": "not an address@"}),
        ],
    ),
    Case(
        "history.csv",
        {"history": True, "analyse": True},
        [
            ticket(
                "9",
                "My card is lost.",
                status="resolved",
                queue="cards",
                analyse=True,
                resolved_at="2024-02-06T12:00:00+00:00",
                resolution={"note": "Sent a new one"},
                messages=[
                    {
                        "kind": "outbound",
                        "body": "A new one is on its way.",
                        "author": "sam",
                        "occurred_at": "2024-02-05T09:30:00+00:00",
                    },
                    {
                        "kind": "inbound",
                        "body": "Thank you!",
                        "occurred_at": "2024-02-06T10:00:00+00:00",
                    },
                    {"kind": "note", "body": "VIP", "occurred_at": "2024-02-06T12:00:00+00:00"},
                ],
            ),
            ticket("10", "Why a fee?", status="open"),
            "line 4: is no status we know",
        ],
    ),
]


def planned(case: Case) -> Plan:
    return plan_import(FILES / case.file, ImportOptions(**{"source": "t", **case.options}))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file} {sorted(case.options)}")
def test_a_file_is_imported_right_or_refused(case: Case) -> None:
    if case.refused:
        with pytest.raises(FileRefused, match=re.compile(case.refused, re.DOTALL)):
            planned(case)
        return
    rows = list(planned(case).rows(NOW))
    assert len(rows) == len(case.rows)
    for row, expected in zip(rows, case.rows, strict=True):
        if isinstance(expected, str):
            assert isinstance(row, WrongRow), row
            assert re.match(expected, f"line {row.line}: {row.reason}")
        else:
            assert isinstance(row, PlannedTicket), row
            assert_holds(row.request, expected)


def assert_holds(request: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    for path, value in expected.items():
        found: Any = request
        for name in path.split("."):
            found = found[name]
        assert value is ... or found == value, path


def test_every_file_is_in_the_table() -> None:
    assert {case.file for case in CASES} == {path.name for path in FILES.iterdir()}


def test_what_was_left_out_is_named_by_line_and_column() -> None:
    rows = list(planned(Case("odd-rows.csv")).rows(NOW))
    remarks = [
        (remark.line, remark.column, remark.reason)
        for row in rows
        if isinstance(row, PlannedTicket)
        for remark in row.remarks
    ]

    assert sorted((line, column) for line, column, _ in remarks) == [
        (4, "Language"),
        (4, "Priority"),
        (5, "Phone"),
    ]
    assert not any("Rush" in reason or "Klingon" in reason for _, _, reason in remarks)


def test_what_a_past_cannot_hold_is_named() -> None:
    rows = list(planned(Case("zoho.csv", {"history": True})).rows(NOW))
    assert isinstance(rows[0], PlannedTicket)
    assert isinstance(rows[2], PlannedTicket)

    assert [(remark.column, remark.reason) for remark in rows[0].remarks] == [
        ("Tags", "holds a tag that cannot be written as a code; left out"),
        ("Department", "cannot be written as a code; left out"),
    ]
    assert [(remark.column, remark.reason) for remark in rows[2].remarks] == [
        ("Priority", "is no priority we know; left to triage"),
        ("Resolution", "is left out: the ticket is open"),
    ]


def test_a_time_is_counted_once() -> None:
    rows = list(planned(Case("zoho.csv", {"history": True})).rows(NOW))

    assert [row.open_zones for row in rows if isinstance(row, PlannedTicket)] == [1, 2, 1]
    assert [row.open_countries for row in rows if isinstance(row, PlannedTicket)] == [1, 1, 0]
