"""The raw part of accepting a ticket: a FastAPI handler that commits two rows, and nothing else.

python -m bench.bare_accept --dsn DSN --port N
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import click
import uvicorn
from fastapi import FastAPI, Response
from pydantic import BaseModel

TABLES = """
create table bare_head (id bigint generated always as identity primary key, value text not null);
create table bare_log (id bigint generated always as identity primary key, value text not null);
"""
_CONNECTIONS_MIN = 2
_CONNECTIONS_MAX = 12


class BareTicket(BaseModel):
    """The body that is offered, with every field it has."""

    body: str
    channel: str
    customer: dict[str, str]
    tags: list[str]
    attributes: dict[str, str]


def bare_app(dsn: str) -> FastAPI:
    """Parse, commit two rows in one transaction, answer."""
    pools: list[asyncpg.Pool[Any]] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(
            dsn, min_size=_CONNECTIONS_MIN, max_size=_CONNECTIONS_MAX
        ) as pool:
            pools.append(pool)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/tickets")
    async def create(ticket: BareTicket) -> Response:
        text = ticket.model_dump_json()
        async with pools[0].acquire() as connection, connection.transaction():
            ticket_id = await connection.fetchval(
                "insert into bare_head (value) values ($1) returning id", text
            )
            await connection.execute("insert into bare_log (value) values ($1)", text)
        return Response(f'{{"id":"{ticket_id}"}}', 201, media_type="application/json")

    return app


@click.command()
@click.option("--dsn", required=True)
@click.option("--port", required=True, type=int)
def main(*, dsn: str, port: int) -> None:
    """Serves until ended."""
    uvicorn.run(
        bare_app(dsn), port=port, loop="uvloop", http="httptools", log_level="warning",
        access_log=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
