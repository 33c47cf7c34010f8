"""The SQL of a read model: one statement that merges any number of rows into their registers."""

from typing import Any

from deskstream_projection.adapters.columns import columns, unnest
from deskstream_projection.domain.lww import Ranked, ReadModel, Registers, Rows
from deskstream_runtime.postgres.connection import Transaction

_NO_RANK = b""


class LwwTable:
    """Stores rows of one read model: each register only where its rank is above the stored one."""

    def __init__(self, model: ReadModel[Any]) -> None:
        self.name = model.table
        self._statement = merge_statement(model)
        self._absent: list[tuple[type[tuple[Any, ...]], Ranked]] = [
            (register, (_NO_RANK, (None,) * len(columns(register))))
            for register in model.registers.values()
        ]

    async def merge(self, tx: Transaction, rows: Rows[Any]) -> None:
        """One statement, whatever the number of rows. Locks them in the order of their keys."""
        if rows:
            cells = [(*ids, *self._cells(held)) for ids, held in rows.in_key_order()]
            await tx.execute(self._statement, *zip(*cells, strict=True))

    def _cells(self, registers: Registers) -> list[Any]:
        cells: list[Any] = []
        for register, absent in self._absent:
            rank, values = registers.get(register, absent)
            cells += (rank, *values)
        return cells


def register_columns(model: ReadModel[Any]) -> tuple[str, ...]:
    """The columns of all registers, without their ranks."""
    return tuple(name for register in model.registers.values() for name in columns(register))


def table_columns(model: ReadModel[Any]) -> dict[str, str]:
    """The type of each column that events fill, in the order in which rows are written."""
    types = {model.key: "uuid"}
    if model.parent is not None:
        types[model.parent] = "uuid"
    for name, register in model.registers.items():
        types[f"{name}_rank"] = "bytea"
        types |= columns(register)
    return types


def merge_statement(model: ReadModel[Any]) -> str:
    """`insert … on conflict do update` with one array parameter a column."""
    updates = []
    for name, register in model.registers.items():
        rank = f"{name}_rank"
        updates.append(f"{rank} = greatest(excluded.{rank}, kept.{rank})")
        updates += [
            f"{column} = case when excluded.{rank} > kept.{rank} "
            f"then excluded.{column} else kept.{column} end"
            for column in columns(register)
        ]
    types = table_columns(model)
    # Names come from the read models' declarations in this package, never from outside.
    return (
        f"insert into {model.table} as kept ({', '.join(types)}) "  # noqa: S608
        f"select * from {unnest(types.values())} "
        f"on conflict ({model.key}) do update set {', '.join(updates)}"
    )
