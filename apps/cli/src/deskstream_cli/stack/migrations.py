"""Brings each service's database to the form its service expects, before the service starts."""

import asyncio
import os
from collections.abc import Mapping, Sequence

import asyncpg

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.program import Program
from deskstream_cli.stack.services import migration_argv, service_database
from deskstream_runtime.postgres.migrate import migration_versions

CONNECT_TIMEOUT_S = 5.0
# Some rewrite a table: that took 95 s for a million tickets on two cores.
MIGRATION_TIMEOUT_S = 3_600.0

_APPLIED = "select version from schema_migrations"


async def migrate_all(
    folder: DataFolder, services: Sequence[Program], ports: Mapping[str, int]
) -> Sequence[str]:
    """Run `python -m deskstream_<name> migrate` for every service whose database lacks something.

    They run side by side: each has a database of its own, so the order does not matter. Returns
    the names of the services that were migrated. Raises StackError when one fails.
    """
    lacking = await asyncio.gather(*(_lacks_some(folder, one.name, ports) for one in services))
    behind = [service for service, lacks in zip(services, lacking, strict=True) if lacks]
    async with asyncio.TaskGroup() as group:
        for service in behind:
            group.create_task(_migrate(folder, service))
    return [service.name for service in behind]


async def _lacks_some(folder: DataFolder, service: str, ports: Mapping[str, int]) -> bool:
    """One query instead of a process: usually there is nothing to migrate."""
    connection = await asyncpg.connect(
        service_database(service, folder, ports), timeout=CONNECT_TIMEOUT_S
    )
    try:
        applied = {row["version"] for row in await connection.fetch(_APPLIED)}
    except asyncpg.UndefinedTableError:
        return True
    finally:
        await connection.close()
    return not migration_versions(f"deskstream_{service}") <= applied


async def _migrate(folder: DataFolder, service: Program) -> None:
    log = folder.log_of(service.name)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *migration_argv(service.name),
            env=os.environ | service.part.env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        async with asyncio.timeout(MIGRATION_TIMEOUT_S):
            code = await process.wait()
    except TimeoutError as error:
        raise StackError(
            f"The migrations of {service.name} took over {MIGRATION_TIMEOUT_S:g} s: see {log}."
        ) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code != 0:
        raise StackError(f"The migrations of {service.name} failed (code {code}): see {log}.")
