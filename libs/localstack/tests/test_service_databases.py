"""Each service has its own database and role, and cannot enter another's."""

import asyncio

import asyncpg
import pytest

from deskstream_localstack.testing import LocalStack

TIMEOUT_S = 20


def test_a_service_creates_tables_and_extensions_in_its_own_database(stack: LocalStack) -> None:
    async def use() -> None:
        connection = await asyncpg.connect(stack.service_database("owner"), timeout=TIMEOUT_S)
        await connection.execute("create extension pg_trgm")
        await connection.execute("create table mine (embedding vector(3))")
        await connection.close()

    asyncio.run(use())


def test_a_service_cannot_enter_another_services_database(stack: LocalStack) -> None:
    stack.service_database("private")
    intruder = stack.service_database("intruder").rpartition("/")[0] + "/private"

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        asyncio.run(asyncpg.connect(intruder, timeout=TIMEOUT_S))


def test_asking_twice_gives_the_same_database(stack: LocalStack) -> None:
    assert stack.service_database("twice") == stack.service_database("twice")


def test_it_can_be_asked_for_inside_a_running_event_loop(stack: LocalStack) -> None:
    async def ask() -> str:
        return stack.service_database("inside")

    assert asyncio.run(ask()).endswith("/inside")
