"""What is found out about a file: found when it is sure, refused with the option named."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deskstream_cli.importing.columns import choose_columns
from deskstream_cli.importing.dates import NoTime, date_readings, read_time
from deskstream_cli.importing.encoding import find_encoding
from deskstream_cli.importing.header import header_of
from deskstream_cli.importing.markup import TooDeep, is_html, text_of_html
from deskstream_cli.importing.plan import ImportOptions, PlannedTicket, plan_import
from deskstream_cli.importing.refusals import FileRefused
from deskstream_cli.importing.remarks import WrongRow
from deskstream_cli.importing.vocabulary import language_of, priority_of, status_of

BERLIN = ZoneInfo("Europe/Berlin")


def written(folder: Path, content: bytes) -> Path:
    path = folder / "file.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("text", "saved_in", "found"),
    [
        ("Où est ma carte ? Très déçu, le délai est passé depuis la fête.", "cp1252", "cp1252"),
        ("Schöne Grüße, Jürgen Groß", "cp1252", "cp1252"),
        ("¿Dónde está mi paquete? Señor Muñoz, mañana", "latin-1", "cp1252"),
        ("It cost 5 € – “too much”", "cp1252", "cp1252"),
        ("Żółć 😀", "utf-8", "utf-8"),
        ("hello", "utf-16", "utf-16"),
        ("hello", "utf-16-le", "utf-16-le"),
        ("hello", "utf-16-be", "utf-16-be"),
        ("hello", "utf-8-sig", "utf-8-sig"),
        ("hello", "utf-32", "utf-32"),
    ],
)
def test_an_encoding_that_is_sure_is_found(
    tmp_path: Path, text: str, saved_in: str, found: str
) -> None:
    assert find_encoding(written(tmp_path, f"id,text\n1,{text}\n".encode(saved_in))) == found


@pytest.mark.parametrize(
    ("text", "saved_in"),
    [
        ("Dzień dobry, gdzie jest moja przesyłka?", "cp1250"),
        ("Здравствуйте, где мой заказ?", "cp1251"),
        ("Здравствуйте, где мой заказ?", "koi8_r"),
        ("Merhaba, siparişim nerede? Teşekkürler", "cp1254"),
        ("Muñoz está aquí", "mac_roman"),
        ("Schöne Grüße", "cp850"),
        ("注文した商品が届きません", "shift_jis"),
        ("你好，我的订单在哪里", "gb18030"),
        ("père", "cp1252"),
        ("注文した", "iso2022_jp"),
    ],
)
def test_an_encoding_open_to_doubt_is_asked_for(tmp_path: Path, text: str, saved_in: str) -> None:
    path = written(tmp_path, f"id,text\n1,{text}\n".encode(saved_in))

    with pytest.raises(FileRefused, match="--encoding"):
        find_encoding(path)
    assert find_encoding(path, saved_in)


def test_a_given_encoding_that_cannot_be_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "id,text\n1,Zoë Grüße\n".encode())

    for given in ("cp1252", "base64", "unicode_escape", "nonsense", "utf-16"):
        with pytest.raises(FileRefused, match=r"--encoding"):
            find_encoding(path, given)


def test_two_encodings_in_one_file_are_refused_by_line(tmp_path: Path) -> None:
    path = written(tmp_path, "id,text\n1,Grüße\n".encode() + "2,Grüße\n".encode("cp1252"))

    with pytest.raises(FileRefused, match="Line 3 is not UTF-8, but other lines are"):
        find_encoding(path)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-29T14:30:00Z", "2026-03-29T14:30:00"),
        ("2026-03-29 14:30", "2026-03-29T12:30:00"),
        ("2026-03-29 14:30:00 UTC", "2026-03-29T14:30:00"),
        ("2026-03-29 14:30:00 +0530", "2026-03-29T09:00:00"),
        ("2026/03/29 2:30 PM", "2026-03-29T12:30:00"),
        ("20260329T143000Z", "2026-03-29T14:30:00"),
        ("2026-03-28", "2026-03-27T23:00:00"),
        ("29/03/2026 14:30", "2026-03-29T12:30:00"),
        ("Sun, 29 Mar 2026 14:30:00 +0200", "2026-03-29T12:30:00"),
        ("Sun, 29 Mar 2026 14:30:00 EST", "2026-03-29T19:30:00"),
        ("March 29, 2026 at 2:30 PM", "2026-03-29T12:30:00"),
        ("29 Sept 2026 12:30", "2026-09-29T10:30:00"),
        ("29/Mar/26 2:30 PM", "2026-03-29T12:30:00"),
        ("1774794600", "2026-03-29T14:30:00"),
        ("1774794600000", "2026-03-29T14:30:00"),
        ("2026-03-29T14:30:00.123456789+02:00", "2026-03-29T12:30:00.123456"),
    ],
)
def test_times_are_read(text: str, utc: str) -> None:
    read = read_time(text, "dmy", BERLIN).at.astimezone(UTC)

    assert read == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-03-29 02:30", "happened never in Europe/Berlin"),
        ("2026-10-25 02:30", "happened twice in Europe/Berlin"),
        ("2026-02-30", "not a day of the calendar"),
        ("31/02/2026", "is not a date"),
        ("13/13/2026", "is not a date"),
        ("2026-03-29 25:00", "does not exist"),
        ("2026-03-29 14:30 IST", "zone we do not know"),
        ("2026-03-29 13:30 PM", "hour beyond 12"),
        ("1.77E+12", "not a time"),
        ("45000.5", "not a time"),
        ("yesterday", "not a time"),
        ("29. März 2026", "not a time"),
        ("29 Foo 2026", "no month"),
        ("2026-03-29T14:30:00+99:00", "zone we do not know"),
        ("9999-12-31T23:59:59-14:00", "not in the years 1970 to 2199"),
        ("0001-01-01T00:00:00+14:00", "not in the years 1970 to 2199"),
        ("31.12.1969", "not in the years 1970 to 2199"),
        ("2200-01-01 00:00Z", "not in the years 1970 to 2199"),
    ],
)
def test_what_is_no_time_for_sure_says_why(text: str, reason: str) -> None:
    with pytest.raises(NoTime, match=reason):
        read_time(text, "dmy", BERLIN)


def test_a_date_has_as_many_readings_as_fit() -> None:
    assert date_readings("29/03/2026") == {"dmy": date(2026, 3, 29)}
    assert set(date_readings("03.04.2026")) == {"dmy", "mdy"}
    assert set(date_readings("03-04-05")) == {"dmy", "mdy", "ymd"}
    assert date_readings("2026-03-04") == {}


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        (["03/04/2026", "13/04/2026"], None),
        (["03/04/2026", "04/13/2026"], None),
        (["03/03/2026", "04/04/2026"], None),
        (["13/04/2026", "04/13/2026"], "more than one order"),
        (["03/04/2026"], "--date-order dmy or mdy"),
        (["03/04/05"], "--date-order dmy or mdy or ymd"),
    ],
)
def test_the_order_of_dates_is_that_of_all_rows(
    tmp_path: Path, rows: list[str], refused: str | None
) -> None:
    path = written(
        tmp_path, ("text,created_at\n" + "".join(f"Hi,{row}\n" for row in rows)).encode()
    )
    if refused is None:
        assert plan_import(path, ImportOptions(source="t")).survey.rows == len(rows)
    else:
        with pytest.raises(FileRefused, match=refused):
            plan_import(path, ImportOptions(source="t"))


@pytest.mark.parametrize(
    ("header", "given", "refused"),
    [
        (["id", "Email", "e-mail", "text"], [], r"'Email' \(#2\) and 'e-mail' \(#3\)"),
        (["id", "text", "text"], [("body", "text")], "give its number, for example #2"),
        (["id", "text", "message"], [], "Several columns may be body"),
        (["id", "text"], [("body", "nope")], "a column the file has not"),
        (["id", "text"], [("colour", "id")], "knows no field"),
        (["id", "text"], [("status", "id")], "a field of --history"),
        (["id;email;subject;body"], [], "no name of a column that is known"),
        (["1", "ann@example.com", "hello"], [], "has the file a header"),
        (["Ann Smith", "Where is it? I waited for hours."], [], "has the file a header"),
        (["alpha", "beta"], [], "no name of a column that is known"),
    ],
)
def test_columns_open_to_doubt_are_refused(
    header: list[str], given: list[tuple[str, str]], refused: str
) -> None:
    with pytest.raises(FileRefused, match=refused) as error:
        choose_columns(header_of(header, has_names=True), given)
    assert "ann@example.com" not in str(error.value)
    assert "Smith" not in str(error.value)


def test_a_column_without_a_usable_name_is_still_kept() -> None:
    columns = choose_columns(header_of(["text", "", "電話", "Größe"], has_names=True), [])

    assert columns.attributes == {1: "column_2", 2: "column_3", 3: "grosse"}


def test_the_misleading_hint_of_old_imports_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, b"id;email;subject;body\n1;a@example.com;Hi;Hello\n")
    mapping = [("body", "id;email;subject;body")]

    for delimiter in ("", ","):
        with pytest.raises(FileRefused):
            plan_import(path, ImportOptions(source="t", mapping=mapping, delimiter=delimiter))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two &amp; three</p>", "One\n\nTwo & three"),
        ("Hello<br>there", "Hello\nthere"),
        ('<a href="https://x.example/7">here</a>', "[here](https://x.example/7)"),
        ("<div><style>p{}</style><script>x()</script>Hi</div>", "Hi"),
        ("<div>" * 90 + "deep" + "</div>" * 90, "deep"),
        ("<p>one<p>two" * 300 + "</p>", "\n\n".join(["one", "two"] * 300)),
    ],
)
def test_html_becomes_the_text_a_reader_sees(html: str, text: str) -> None:
    assert is_html(html)
    assert text_of_html(html) == text


def test_html_nested_beyond_what_the_parser_keeps_is_refused() -> None:
    for html in ("<div>" * 5_000 + "deep" + "</div>" * 5_000, "<b><i>" * 60_000 + "<br>"):
        with pytest.raises(TooDeep):
            text_of_html(html)


@pytest.mark.parametrize(
    "text", ["a < b and c > d", "I typed <b> and nothing happened", "<3 you", "5 <- 6 -> 7"]
)
def test_text_with_angle_brackets_stays(text: str) -> None:
    assert not is_html(text)


def test_words_are_those_of_the_tables() -> None:
    assert [priority_of(word) for word in ("High", "P1", " Urgent ", "medium", "asap")] == [
        "high", "urgent", "urgent", "normal", None,
    ]  # fmt: skip
    assert [language_of(word) for word in ("English", "en_US", "zh-hant-TW", "qq", "Deutsch")] == [
        "en", "en-US", "zh-Hant-TW", None, "de",
    ]  # fmt: skip
    assert [status_of(word) for word in ("Solved", "On-hold", "in_progress", "spam")] == [
        "resolved", "on_hold", "open", None,
    ]  # fmt: skip
    assert [status_of(word) for word in ("Waiting on contact", "Waiting for support")] == [
        "pending", "open",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"id,text\n1,hello,\n2,world,,,\n", ["hello", "world"]),
        (b"sep=;\r\nid;text\r\n1;a, b, c\r\n", ["a, b, c"]),
        (b"text\nHello, there; you\nSecond | line\n", ["Hello, there; you", "Second | line"]),
        (b'id,text\n1,my 15" screen\n2,"fine ""ok"""\n', ['my 15" screen', 'fine "ok"']),
        (b"id,text\n1,hello\n2,two\nTotal: 2 rows\n", ["hello", "two", None]),
        (b'id, text\n1, "Hello"\n', [None]),
    ],
)
def test_rows_are_read_as_they_are_meant(
    tmp_path: Path, content: bytes, texts: list[str | None]
) -> None:
    rows = plan_import(written(tmp_path, content), ImportOptions(source="t")).rows(
        datetime.now(UTC)
    )

    assert [
        row.request["body"] if isinstance(row, PlannedTicket) else None for row in rows
    ] == texts


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "workbook or an archive"),
        (b"id^text\n1^hello\n", "no name of a column that is known"),
        (b'id,text\n1,"He said \\"hi\\" to me"\n', "Line 2: a quote"),
        (b"id,text\n'1','hello'\n", "--quote"),
        (b"id,text\n1,a\rb\n", "line break of another kind"),
        (b"\n\n \n", "every line of it is blank"),
        (b"id;text\n1;hello\n", "--delimiter says comma|--delimiter semicolon"),
    ],
)
def test_what_cannot_be_read_for_sure_is_refused(
    tmp_path: Path, content: bytes, refused: str
) -> None:
    options = ImportOptions(source="t", delimiter="," if b"id;text" in content else "")

    with pytest.raises(FileRefused, match=refused):
        plan_import(written(tmp_path, content), options)


def test_a_cell_of_a_million_letters_is_read_in_no_time(tmp_path: Path) -> None:
    """A word of n letters without an accent once took n² steps: 40,000 letters, seven seconds."""
    path = written(tmp_path, f"id,text\n1,{'x' * 900_000}\n2,é\n".encode())

    rows = list(plan_import(path, ImportOptions(source="t")).rows(datetime.now(UTC)))

    assert isinstance(rows[0], WrongRow)
    assert rows[0].reason == "has 900,000 characters; 65,536 are the most"
    assert isinstance(rows[1], PlannedTicket)
