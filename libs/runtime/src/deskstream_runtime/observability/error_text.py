"""An error as text for logs: all of where it happened, and nothing of the values it met."""

import traceback
from collections.abc import Iterator

import asyncpg

_OURS = "deskstream_"
_CAUSES_MAX = 5


def describe(error: BaseException) -> str:
    """The error's traceback and those of its causes, oldest first.

    The messages of others' errors are left out: Postgres' quote rows, pydantic's quote input, and
    both hold what customers wrote. Our own errors are written so that their words may be shown.
    """
    return "\nwhich led to:\n".join(_describe_one(one) for one in reversed([*_causes(error)]))


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(_CAUSES_MAX):
        if current is None:
            return
        yield current
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)


def _describe_one(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if kind.__module__.startswith(_OURS):
        name += f": {error}"
    elif isinstance(error, asyncpg.PostgresError):
        name += f" [{error.sqlstate}]{_constraint(error)}"
    return frames + name


def _constraint(error: asyncpg.PostgresError) -> str:
    """Names from the schema: they are ours, and hold most of what there is to know."""
    named = (error.table_name, error.column_name, error.constraint_name)
    return "".join(f" {name}" for name in named if name)
