"""Remembers which ids and which contents a file has had, on disk: memory stays the same."""

import hashlib
import sqlite3
from collections.abc import Sequence


class DistinctRows:
    """Ids by line and content. The database is a file without a name, gone when it is closed."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("pragma journal_mode = off")
        self._db.execute(
            "create table named (id blob primary key, line int, content blob) without rowid"
        )
        self._db.execute("create table equal (content blob primary key, count int) without rowid")
        self._db.execute("begin")

    def close(self) -> None:
        """Frees the disk."""
        self._db.close()

    def line_of_other(self, external_id: str, line: int, cells: Sequence[str]) -> int | None:
        """The earlier line that has this id with other content; None when there is none."""
        key, content = _digest([external_id]), _digest(cells)
        found = self._db.execute(
            "insert into named values (?, ?, ?) on conflict do nothing", (key, line, content)
        )
        if found.rowcount == 1:
            return None
        earlier, known = self._db.execute(
            "select line, content from named where id = ?", (key,)
        ).fetchone()
        return None if known == content else int(earlier)

    def content_id(self, cells: Sequence[str]) -> str:
        """The name of a row without an id: its content, and which of its equals it is."""
        content = _digest(cells)
        (count,) = self._db.execute(
            "insert into equal values (?, 1) on conflict do update set count = count + 1 "
            "returning count",
            (content,),
        ).fetchone()
        return f"row-{content.hex()[:32]}-{count}"


def _digest(texts: Sequence[str]) -> bytes:
    return hashlib.sha256("\x1f".join(texts).encode(errors="surrogatepass")).digest()
