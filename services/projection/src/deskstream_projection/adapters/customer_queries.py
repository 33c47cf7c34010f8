"""Customers, from the columns of their read model."""

from uuid import UUID

import asyncpg

from deskstream_projection.adapters.lww_table import register_columns
from deskstream_projection.domain.read_models.customer import CUSTOMER
from deskstream_runtime.postgres.connection import Connection

_CUSTOMER = f"""
select {", ".join((CUSTOMER.key, *register_columns(CUSTOMER)))} from customer where id = $1
"""  # noqa: S608


async def customer_of(connection: Connection, customer_id: UUID) -> asyncpg.Record | None:
    """All columns of the customer, or None when the view does not have it."""
    return await connection.fetchrow(_CUSTOMER, customer_id)
