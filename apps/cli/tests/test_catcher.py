"""The catcher keeps mails, and webhooks that are signed, once each, across a restart."""

import base64
import hashlib
import json
import smtplib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from httpx import Client, Response
from standardwebhooks import Webhook

from deskstream_cli.stack.program import answers_ready
from deskstream_localstack.part import StackPart
from deskstream_localstack.ports import free_ports
from deskstream_localstack.process import PartProcess

TOKEN = "a-token-of-some-length-that-nobody-guesses"
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER_SECRET = "a-token-of-some-length-that-nobody-guesses"
SECRET = "whsec_" + base64.b64encode(b"another secret of some 32 bytes!").decode()
BODY = json.dumps({"type": "ticket.created", "data": {"text": "größer"}}, ensure_ascii=False)


@pytest.fixture(scope="module")
def catcher(servers: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PartProcess]:
    folder = tmp_path_factory.mktemp("catcher")
    (folder / "secret").write_text(SECRET)
    keys = [_key("reader", "catcher:use"), _key("other", "tickets:read")]
    (folder / "api-keys.json").write_text(json.dumps({"keys": keys}))
    smtp_port, http_port = free_ports(2)
    part = StackPart(
        name="catcher",
        version="1",
        port=http_port,
        argv=(sys.executable, "-m", "deskstream_cli.catcher"),
        env={
            "DESK_CATCHER_SMTP_PORT": str(smtp_port),
            "DESK_CATCHER_HTTP_PORT": str(http_port),
            "DESK_CATCHER_FOLDER": str(folder / "caught"),
            "DESK_CATCHER_WEBHOOK_SECRET_FILE": str(folder / "secret"),
            "DESK_CATCHER_TOKEN": TOKEN,
            "DESK_CATCHER_API_KEYS_FILE": str(folder / "api-keys.json"),
            "DESK_CATCHER_WEBHOOK_SIZE_MAX_BYTES": "2000",
        },
        is_ready=lambda: answers_ready(http_port),
    )
    process = PartProcess(part, folder / "catcher.log")
    process.start()
    yield process
    process.stop()


@pytest.fixture
def http(catcher: PartProcess) -> Iterator[Client]:
    with _client(catcher, {"Authorization": "Bearer reader"}) as client:
        yield client


@pytest.fixture
def stranger(catcher: PartProcess) -> Iterator[Client]:
    with _client(catcher, {}) as client:
        yield client


def _client(catcher: PartProcess, headers: dict[str, str]) -> Client:
    url = f"http://127.0.0.1:{catcher.part.port}"
    return Client(base_url=url, headers=headers, timeout=10)


def _key(secret: str, scope: str) -> dict[str, object]:
    sha256 = hashlib.sha256(secret.encode()).hexdigest()
    return {"id": secret, "name": secret, "sha256": sha256, "scopes": [scope]}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/mails"), ("GET", "/webhooks"), ("PUT", "/webhook-secret")],
)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer other"},
        {"Authorization": f"Bearer {TOKEN}"},
        {"X-API-Key": "unknown"},
        {"Cookie": "desk_catcher=x"},
    ],
)
def test_strangers_see_and_change_nothing(
    stranger: Client, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = stranger.request(method, path, headers=headers, json={"secret": OTHER_SECRET})
    assert answer.status_code == 401
    assert "the link that `desk up` prints" in answer.json()["detail"]


def test_a_key_may_come_in_its_own_header(stranger: Client) -> None:
    assert stranger.get("/mails", headers={"X-API-Key": "reader"}).status_code == 200


def test_the_link_lets_a_browser_in_and_its_token_is_in_no_log(
    catcher: PartProcess, stranger: Client
) -> None:
    assert stranger.get("/enter", params={"token": "x" * 32}).status_code == 401
    entered = stranger.get("/enter", params={"token": TOKEN})
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert "HttpOnly" in entered.headers["set-cookie"]

    page = stranger.get("/")

    assert page.status_code == 200
    assert "What Deskstream sent" in page.text
    assert TOKEN not in page.text
    assert TOKEN not in catcher.log_path.read_text()


def test_a_mail_is_kept_and_readable(catcher: PartProcess, http: Client) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Your ticket <42> – größer"
    mail["From"] = "support@deskstream.example"
    mail["To"] = "ann@customer.example"
    mail["Message-ID"] = "<1@deskstream.example>"
    mail.set_content("Hello Ann,\n\nit is <b>fixed</b>.\n")
    before = http.get("/mails").json()["total"]

    with smtplib.SMTP("127.0.0.1", int(catcher.part.env["DESK_CATCHER_SMTP_PORT"])) as smtp:
        smtp.send_message(mail)

    caught = http.get("/mails").json()
    assert caught["total"] == before + 1
    newest = caught["mails"][0]
    assert newest["subject"] == "Your ticket <42> – größer"
    assert newest["recipients"] == ["ann@customer.example"]
    assert newest["message_id"] == "<1@deskstream.example>"
    assert "it is <b>fixed</b>." in newest["text"]
    page = http.get("/").text
    assert "it is &lt;b&gt;fixed&lt;/b&gt;." in page


def test_a_mail_with_a_header_nobody_can_read_is_kept(catcher: PartProcess, http: Client) -> None:
    mail = b"Subject: =?x-no-such-charset?q?caf=E9?=\r\nTo: ann@customer.example\r\n\r\nHello\r\n"

    with smtplib.SMTP("127.0.0.1", int(catcher.part.env["DESK_CATCHER_SMTP_PORT"])) as smtp:
        smtp.sendmail("support@deskstream.example", ["ann@customer.example"], mail)

    newest = http.get("/mails").json()["mails"][0]
    assert newest["subject"] == "=?x-no-such-charset?q?caf=E9?="
    assert "Hello" in newest["text"]


def test_a_mail_to_an_address_outside_ascii_is_kept(catcher: PartProcess, http: Client) -> None:
    mail = "To: 用户@例子.公司\r\nSubject: Größe\r\n\r\nHello\r\n".encode()

    with smtplib.SMTP("127.0.0.1", int(catcher.part.env["DESK_CATCHER_SMTP_PORT"])) as smtp:
        smtp.ehlo()
        options = ["SMTPUTF8", "BODY=8BITMIME"]
        smtp.sendmail("support@deskstream.example", ["用户@例子.公司"], mail, options)

    newest = http.get("/mails").json()["mails"][0]
    assert newest["recipients"] == ["用户@例子.公司"]
    assert newest["subject"] == "Größe"
    assert ["To", "用户@例子.公司"] in newest["headers"]


def test_a_mail_of_stray_bytes_is_kept(catcher: PartProcess, http: Client) -> None:
    mail = (
        b"To: ann@customer.example\r\nX-Odd: caf\xe9\r\nSubject: =?utf-8?q?=ED=A0=80?= \xff\r\n"
        b"Content-Type: text/plain; charset=x-unknown\r\n\r\n\xff\xfe Hello\r\n"
    )

    with smtplib.SMTP("127.0.0.1", int(catcher.part.env["DESK_CATCHER_SMTP_PORT"])) as smtp:
        smtp.sendmail("support@deskstream.example", ["ann@customer.example"], mail)

    newest = http.get("/mails").json()["mails"][0]
    assert "Hello" in newest["text"]
    assert ["X-Odd", "caf\ufffd"] in newest["headers"]


def test_what_is_hostile_is_kept_as_it_came_and_shown_harmless(
    catcher: PartProcess, http: Client
) -> None:
    mail = EmailMessage()
    mail["Subject"] = "invoice\u202egpj.exe"
    mail["To"] = "ann@customer.example"
    mail.set_content("\x1b[31mred\u2066 <script>\n", cte="base64")

    with smtplib.SMTP("127.0.0.1", int(catcher.part.env["DESK_CATCHER_SMTP_PORT"])) as smtp:
        smtp.send_message(mail, "support@deskstream.example", ["ann@customer.example"])

    newest = http.get("/mails").json()["mails"][0]
    assert newest["subject"] == "invoice\u202egpj.exe"
    page = http.get("/").text
    assert "invoicegpj.exe" in page
    assert "␛[31mred &lt;script&gt;" in page
    assert not set("\u202e\u2066\x1b") & set(page)


def test_a_signed_webhook_is_kept_once(http: Client) -> None:
    before = http.get("/webhooks").json()["total"]

    assert _send(http, "msg_1").status_code == 204
    assert _send(http, "msg_1").status_code == 204

    caught = http.get("/webhooks").json()
    assert caught["total"] == before + 1
    assert caught["webhooks"][0]["webhook_id"] == "msg_1"
    assert caught["webhooks"][0]["body"] == BODY


def test_what_is_not_signed_properly_is_refused(http: Client) -> None:
    before = http.get("/webhooks").json()["total"]
    too_old = datetime.now(UTC) - timedelta(hours=1)

    assert _send(http, "msg_2", secret=OTHER_SECRET).status_code == 401
    assert _send(http, "msg_2", body=BODY + " ", signed=BODY).status_code == 401
    assert _send(http, "msg_2", at=too_old).status_code == 401
    assert http.post("/webhooks", content=BODY).status_code == 401
    garbage = {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "rubbish"}
    assert http.post("/webhooks", content=b"\xff", headers=garbage).status_code == 401
    assert http.get("/webhooks").json()["total"] == before


def test_a_webhook_that_is_too_large_is_refused(http: Client) -> None:
    assert _send(http, "msg_3", body="x" * 2001).status_code == 413


def test_a_restart_forgets_nothing(catcher: PartProcess, http: Client) -> None:
    _send(http, "msg_4")
    before = http.get("/webhooks").json()

    catcher.restart()

    assert _send(http, "msg_4").status_code == 204
    assert http.get("/webhooks").json() == before


def test_the_secret_can_be_replaced(http: Client) -> None:
    assert http.put("/webhook-secret", json={"secret": "whsec_!"}).status_code == 422
    assert http.put("/webhook-secret", json={"secret": OTHER_SECRET}).status_code == 204
    try:
        assert _send(http, "msg_5", secret=OTHER_SECRET).status_code == 204
        assert _send(http, "msg_6").status_code == 401
    finally:
        http.put("/webhook-secret", json={"secret": SECRET})


def _send(
    http: Client,
    webhook_id: str,
    *,
    secret: str = SECRET,
    body: str = BODY,
    signed: str | None = None,
    at: datetime | None = None,
) -> Response:
    moment = at or datetime.now(UTC)
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, moment, signed or body),
    }
    return http.post("/webhooks", content=body.encode(), headers=headers)
