"""The SQL of a read model: one statement that merges any number of rows into their registers."""

from collections.abc import Mapping
from typing import Any

from deskstream_projection.domain.lww import Held, ReadModel, Rows
from deskstream_runtime.postgres.connection import Transaction

_NO_RANK = b""


class LwwTable:
    """Stores rows of one read model: each register only where its rank is above what is kept."""

    def __init__(self, model: ReadModel) -> None:
        self._statement = merge_statement(model)
        self._registers = [
            (register.name, (_NO_RANK, *(None for _ in register.columns)))
            for register in model.registers
        ]

    async def merge(self, tx: Transaction, rows: Rows) -> None:
        """One statement, whatever the number of rows. Locks them in the order of their keys."""
        if rows:
            flat = [(key, *fixed, *self._cells(held)) for key, fixed, held in rows.in_key_order()]
            await tx.execute(self._statement, *zip(*flat, strict=True))

    def _cells(self, held: Mapping[str, Held]) -> list[Any]:
        cells: list[Any] = []
        for name, absent in self._registers:
            found = held.get(name)
            if found is None:
                cells += absent
            else:
                cells.append(found[0])
                cells += found[1]
        return cells


def merge_statement(model: ReadModel) -> str:
    """`insert … on conflict do update` with one array parameter a column."""
    types = {model.key: "uuid", **model.fixed}
    updates = []
    for register in model.registers:
        place = f"{register.name}_rank"
        types[place] = "bytea"
        types |= register.columns
        newer = f"excluded.{place} > kept.{place}"
        updates.append(f"{place} = greatest(excluded.{place}, kept.{place})")
        updates += [
            f"{column} = case when {newer} then excluded.{column} else kept.{column} end"
            for column in register.columns
        ]
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types.values(), 1))
    # Names come from the read models' declarations in this package, never from outside.
    return (
        f"insert into {model.table} as kept ({', '.join(types)}) "  # noqa: S608
        f"select * from unnest({arrays}) "
        f"on conflict ({model.key}) do update set {', '.join(updates)}"
    )
