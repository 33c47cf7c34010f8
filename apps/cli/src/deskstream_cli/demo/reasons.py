"""Reports of the parts of a running stack, for when something is missing."""

import asyncio
from collections.abc import Sequence

import asyncpg
from aiokafka.errors import KafkaError

from deskstream_cli.stack.consumer_lag import consumer_lags
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.dead_letters import dead_letters
from deskstream_cli.stack.login import kafka_access
from deskstream_cli.stack.service_readiness import ServiceReadiness
from deskstream_cli.stack.services import service_database
from deskstream_cli.stack.state import StackState
from deskstream_contracts.shown import shown_line
from deskstream_contracts.topics import SERVICES
from deskstream_runtime.kafka.access import KafkaAccess

DATABASE_TIMEOUT_S = 5.0


async def reasons(folder: DataFolder, state: StackState) -> list[str]:
    """Return one line for each thing that is not as it should be, and where to look on.

    A part that does not answer is itself a reason, so this raises nothing.
    """
    found = [
        *await asyncio.to_thread(remarks, state.ports),
        *await _behind(kafka_access(state)),
        *await _dead(kafka_access(state)),
        *await _at_work(folder, state),
    ]
    if not found:
        found = ["every service says that it works, and none has anything left to do"]
    return [*found, f"see `desk status`, and the logs in {folder.logs}"]


def remarks(ports: dict[str, int]) -> list[str]:
    """Return the problems and warnings that each service reports of itself."""
    lines = []
    for service in SERVICES:
        found = ServiceReadiness.read(ports[service])
        if not found.ready:
            lines.append(f"{service} is not ready")
        elif not found.working:
            lines.append(f"{service} answers, and its log does not move")
        for part, words in (found.troubles | found.warnings).items():
            lines.append(f"{service}: {part}: {shown_line(words)}")
    return lines


async def _behind(kafka: KafkaAccess) -> list[str]:
    try:
        lags = await consumer_lags(kafka, SERVICES)
    except (KafkaError, TimeoutError):
        return ["the broker does not say how far the services are behind"]
    return [
        f"{lag.group} is {lag.behind} records behind, most in {lag.worst}"
        for lag in lags
        if lag.behind
    ]


async def _dead(kafka: KafkaAccess) -> list[str]:
    try:
        letters = await dead_letters(kafka, SERVICES)
    except (KafkaError, TimeoutError):
        return ["the broker does not show its dead letters"]
    counts = dict.fromkeys(SERVICES, 0)
    for letter in letters:
        counts[letter.story.service] += 1
    return [
        f"{count} dead letters of {service}: see `desk dead-letters list {service}`"
        for service, count in counts.items()
        if count
    ]


async def _at_work(folder: DataFolder, state: StackState) -> Sequence[str]:
    """Work that is stored and not done, as the services' databases know it."""
    lines = []
    for service in SERVICES:
        dsn = service_database(service, folder, state.ports)
        try:
            async with asyncio.timeout(DATABASE_TIMEOUT_S):
                connection = await asyncpg.connect(dsn)
                try:
                    rows = await connection.fetch(_WORK)
                finally:
                    await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            lines.append(f"the database of {service} does not answer")
            continue
        lines += [
            f"{service} has {row['pieces']} pieces of work {row['kind']!r} waiting or under way, "
            f"tried up to {row['attempts']} times"
            for row in rows
        ]
    return lines


_WORK = """
select kind, count(*) as pieces, max(attempts) as attempts
from work where due_at <= now() + interval '1 minute'
group by kind order by kind
"""
