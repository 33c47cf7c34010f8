"""How a service's state is made again from the log, as the service declares it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from deskstream_runtime.consuming.routing import Route
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.postgres.connection import Transaction

Report = Callable[[str], None]
"""Shows a person how far a rebuild is."""


class RebuildRefused(Exception):
    """The state cannot be made again now; it is as it was. The message says what to do."""


async def nothing_to_keep(_tx: Transaction) -> None:
    """All that the service's tables hold is in the log."""


@dataclass(frozen=True, slots=True)
class RebuildPlan:
    """Which handlers make which tables again.

    `routes`: handlers by event type, for the service's own topics too, from which it learns what it
    decided and did. Of the effects only `on_commit` is run: all else was published and done before.
    A batch may be rolled back and come again in parts, so a handler that remembers something itself
    forgets it on commit. Its clock shows the log's time. Events of one time come in the order in
    which their types are named here.
    `tables`: the tables made again, each with its local columns: those that the log does not hold,
    such as numbers of rows. All other tables stay as they are.
    `keep` takes over from the tables of before, in schema `public`, what the log does not hold of
    the new ones, which are found without a schema.
    """

    routes: Sequence[Route]
    tables: Mapping[str, tuple[str, ...]]
    keep: Callable[[Transaction], Awaitable[None]] = nothing_to_keep


class Rebuildable(Protocol):
    """A service, as far as a rebuild knows it."""

    @property
    def infrastructure(self) -> Infrastructure:
        """Its name and its database."""

    @property
    def rebuild(self) -> RebuildPlan | None:
        """None where the service has no state."""
