"""Which column of a CSV file means what: named by the user, else known from its name."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deskstream_cli.importing.codes import attribute_code
from deskstream_cli.importing.dates import ZONE_IN_NAME
from deskstream_cli.importing.exports import Export, known_export
from deskstream_cli.importing.guesses import GUESSES, HISTORY_GUESSES
from deskstream_cli.importing.header import Header, refuse_row_as_header
from deskstream_cli.importing.refusals import FileRefused
from deskstream_cli.importing.shown import shown

IGNORE = "ignore"
_ONE_ONLY = ("body", "created_at")
_MESSAGE_FIELD = re.compile(r"(customer_reply|reply|note)_([1-9]\d{0,2})(_at|_by)?")
_MESSAGE_NAME = re.compile(
    r"(?P<kind>(?:customer|user)_(?:reply|message|answer)|(?:agent_|our_)?(?:reply|answer)"
    r"|(?:internal_|private_)?notes?)(?:_?(?P<number>[1-9]\d{0,2}))?(?P<part>_at|_date|_by)?"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The place of each field's column, and the attributes that other columns become."""

    names: tuple[str, ...]
    of: Mapping[str, int]
    attributes: Mapping[int, str]
    ignored: tuple[int, ...] = ()
    export: Export | None = None

    def name(self, field: str) -> str:
        """The name of a field's column; the field itself when it has none."""
        return self.names[self.of[field]] if field in self.of else field


def plain(name: str) -> str:
    """A name as it is compared: `E-Mail Address ` is `e_mail_address`, without a zone in it."""
    return re.sub(r"[\W_]+", "_", ZONE_IN_NAME.sub("", name).casefold()).strip("_")


def has_text_column(cells: Sequence[str]) -> bool:
    """Whether a header names a column for the messages' text."""
    names = {plain(cell) for cell in cells}
    export = known_export(names)
    known = export.fields["body"] if export else GUESSES["body"][0]
    return bool(names.intersection(known))


def choose_columns(
    header: Header, mapping: Sequence[tuple[str, str]], *, history: bool = False
) -> Columns:
    """Takes the user's mapping, then known names. Raises `FileRefused` when that leaves doubt."""
    pairs = [(field, _place(column, header)) for field, column in mapping if field != IGNORE]
    _refuse_unknown_fields([field for field, _ in mapping], history=history)
    ignored = _ignored([column for field, column in mapping if field == IGNORE], header, pairs)
    chosen: dict[str, int] = {}
    for field, place in pairs:
        if field in chosen:
            raise FileRefused(f"--map names {field} twice.")
        if place in chosen.values() or place in ignored:
            raise FileRefused(f"--map uses column {_shown(header, place)} twice.")
        chosen[field] = place
    if not all(name == f"#{number}" for number, name in enumerate(header.names, start=1)):
        refuse_row_as_header(header)
    _refuse_duplicates(header, {*chosen.values(), *ignored})
    export = known_export([plain(name) for name in header.names])
    chosen |= dict(_known(header, export, {*chosen.values(), *ignored}, chosen, history))
    if export:
        ignored |= {n for n, name in enumerate(header.names) if plain(name) in export.ignored}
    if "body" not in chosen:
        raise FileRefused(_no_text(header, chosen, export))
    if history and "created_at" not in chosen:
        raise FileRefused(
            "--history needs the time of each ticket, and no column looks like it. "
            f"The columns: {header.shown()}. Name it: --map created_at=COLUMN."
        )
    rest = [n for n in range(len(header.names)) if n not in chosen.values() and n not in ignored]
    return Columns(header.names, chosen, _codes(header, rest), tuple(sorted(ignored)), export)


def _codes(header: Header, places: Sequence[int]) -> dict[int, str]:
    """A code for each column; the column's number where the name gives none or another's."""
    codes: dict[int, str] = {}
    for place in places:
        code = attribute_code(header.names[place])
        unnamed = header.names[place] == f"#{place + 1}"
        taken = not code or unnamed or code in codes.values()
        codes[place] = f"column_{place + 1}" if taken else code
    return codes


def _place(column: str, header: Header) -> int:
    number = re.fullmatch(r"#(\d{1,4})", column)
    if number and 1 <= int(number[1]) <= len(header.names):
        return int(number[1]) - 1
    same = [n for n, name in enumerate(header.names) if name == column.strip()]
    same = same or [n for n, name in enumerate(header.names) if plain(name) == plain(column) != ""]
    if len(same) == 1:
        return same[0]
    if same:
        raise FileRefused(
            f"--map names {shown(column)!r}, and columns "
            f"{' and '.join(_shown(header, n) for n in same)} are called so: "
            f"give its number, for example #{same[0] + 1}."
        )
    raise FileRefused(
        f"--map names a column the file has not: {shown(column, 60)!r}. "
        f"The columns: {header.shown()}."
    )


def _ignored(columns: Sequence[str], header: Header, pairs: Sequence[tuple[str, int]]) -> set[int]:
    """A name that several columns have leaves out all but those that mean something."""
    places: set[int] = set()
    for column in columns:
        same = {n for n, name in enumerate(header.names) if name == column.strip()}
        many = same - {place for _, place in pairs} if len(same) > 1 else set()
        places |= many or {_place(column, header)}
    return places


def _refuse_unknown_fields(fields: Sequence[str], *, history: bool) -> None:
    known = [*GUESSES, *(HISTORY_GUESSES if history else ()), IGNORE]
    for field in fields:
        if field in known or (history and _MESSAGE_FIELD.fullmatch(field)):
            continue
        if field in HISTORY_GUESSES or _MESSAGE_FIELD.fullmatch(field):
            raise FileRefused(f"--map {field} is a field of --history, which is not given.")
        more = ", reply_1, reply_1_at, reply_1_by, customer_reply_1, note_1 …" if history else ""
        raise FileRefused(
            f"--map knows no field {shown(field, 60)!r}. Fields: {', '.join(known)}{more}."
        )


def _refuse_duplicates(header: Header, used: set[int]) -> None:
    groups: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(header.names):
        if plain(name) and name != f"#{place + 1}":
            groups[plain(name).replace("_", "")].append(place)
    for places in groups.values():
        unused = [place for place in places if place not in used]
        if len(places) > 1 and len(unused) > (1 if len(unused) < len(places) else 0):
            raise FileRefused(
                f"Columns {' and '.join(_shown(header, place) for place in places)} have the same "
                f"name, or nearly. Say which is meant, for example --map FIELD=#{places[0] + 1}, "
                f"and leave the rest out: --map ignore=#{places[-1] + 1}, or by name all that no "
                "other --map names."
            )


def _known(
    header: Header,
    export: Export | None,
    used: set[int],
    chosen: Mapping[str, int],
    history: bool,
) -> list[tuple[str, int]]:
    places = {plain(name): place for place, name in enumerate(header.names) if place not in used}
    wanted = {**GUESSES, **HISTORY_GUESSES} if history else dict(GUESSES)
    found: list[tuple[str, int]] = []
    for field, groups in wanted.items():
        if field in chosen:
            continue
        if export:
            place = _guess(field, [[name] for name in export.fields.get(field, ())], places, header)
        else:
            place = _guess(field, groups, places, header)
        if place is not None:
            found.append((field, place))
            places = {name: other for name, other in places.items() if other != place}
    if history:
        found += _messages(places, chosen)
    return found


def _guess(
    field: str, groups: Sequence[Sequence[str]], places: Mapping[str, int], header: Header
) -> int | None:
    for group in groups:
        there = [places[name] for name in group if name in places]
        if len(there) > 1 and field in _ONE_ONLY:
            raise FileRefused(
                f"Several columns may be {field}: "
                f"{', '.join(_shown(header, place) for place in there)}. "
                f"Say which: --map {field}=#{there[0] + 1}."
            )
        if there:
            return there[0]
    return None


def _messages(places: Mapping[str, int], chosen: Mapping[str, int]) -> list[tuple[str, int]]:
    """Columns of later messages. One of times or names counts beside its text alone."""
    found: dict[str, int] = {}
    for name, place in places.items():
        match = _MESSAGE_NAME.fullmatch(name)
        if match is None:
            continue
        kind = "customer_reply" if match["kind"].startswith(("customer", "user")) else "reply"
        kind = "note" if "note" in match["kind"] else kind
        part = "_by" if match["part"] == "_by" else "_at" if match["part"] else ""
        found.setdefault(f"{kind}_{match['number'] or 1}{part}", place)
    texts = {field for field in (*found, *chosen) if not field.endswith(("_at", "_by"))}
    return [
        (field, place)
        for field, place in found.items()
        if field not in chosen and re.sub(r"_(at|by)$", "", field) in texts
    ]


def _no_text(header: Header, chosen: Mapping[str, int], export: Export | None) -> str:
    if export:
        return (
            f"This looks like an export of {export.system}, but no column of it holds the "
            f"messages' text. The columns: {header.shown()}. Export it with the description, or "
            "name the column: --map body=COLUMN."
        )
    if not chosen:
        return (
            f"Line 1 has {len(header.names)} columns, and no name of a column that is known: has "
            "the file a header? If it has, name the text's column: --map body=COLUMN. If not: "
            "--no-header --map body=#NUMBER."
        )
    return (
        f"No column looks like the messages' text. The columns: {header.shown()}. "
        "Name it: --map body=COLUMN."
    )


def _shown(header: Header, place: int) -> str:
    return f"{shown(header.names[place], 60)!r} (#{place + 1})"
