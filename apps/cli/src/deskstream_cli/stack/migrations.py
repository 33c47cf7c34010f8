"""Brings each service's database to the form its service expects, before the service starts."""

import asyncio
import os
from collections.abc import Sequence

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.program import Program
from deskstream_cli.stack.services import migration_argv

MIGRATION_TIMEOUT_S = 120.0


async def migrate_all(folder: DataFolder, services: Sequence[Program]) -> None:
    """Run `python -m deskstream_<name> migrate` for every service side by side.

    Each has a database of its own, so the order does not matter. Raises StackError when one fails.
    """
    async with asyncio.TaskGroup() as group:
        for service in services:
            group.create_task(_migrate(folder, service))


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
