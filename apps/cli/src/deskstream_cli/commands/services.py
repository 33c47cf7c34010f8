"""A service as an argument, and its database, for commands that look into one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import asyncpg
import typer

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.services import service_database
from deskstream_cli.stack.state import StackState
from deskstream_contracts.topics import SERVICES
from deskstream_runtime.errors import is_transient
from deskstream_runtime.postgres.connection import Transaction, in_transaction

T = TypeVar("T")

CONNECT_TIMEOUT_S = 5.0
_NO_ANSWER = "The database does not answer: see `desk status`."

Service = Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.")]
AnyService = Annotated[str | None, typer.Argument(help="Default: every service.")]


def known(service: str) -> str:
    """The service. Raises StackError when there is none of that name."""
    if service not in SERVICES:
        raise StackError(f"There is no service {service!r}; there are {', '.join(SERVICES)}.")
    return service


def chosen(service: str | None) -> Sequence[str]:
    """The service, or all of them. Raises StackError when there is none of that name."""
    return SERVICES if service is None else [known(service)]


def started(folder: DataFolder) -> StackState:
    """The state of the last start. Raises StackError when there was none."""
    state = StackState.load(folder)
    if "kafka" not in state.ports:
        raise StackError(f"No stack was started in {folder.root}. Start one with `desk up`.")
    return state


def in_database(folder: DataFolder, service: str, act: Callable[[Transaction], Awaitable[T]]) -> T:
    """Acts in a transaction of a service's database, as the service's own role.

    Raises StackError when the database does not answer, or refuses what is asked of it.
    """
    dsn = service_database(service, folder, started(folder).ports)

    async def run() -> T:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S)
        try:
            async with in_transaction(connection) as tx:
                return await act(tx)
        finally:
            await connection.close()

    try:
        return asyncio.run(run())
    except asyncpg.PostgresError as error:
        if is_transient(error):
            raise StackError(_NO_ANSWER) from error
        raise StackError(
            f"The database of {service} refuses this ({error}). Tables of another version? "
            "`desk up` brings them up to date."
        ) from error
    except OSError as error:
        raise StackError(_NO_ANSWER) from error
