"""The demo makes no claim that is not so, and the one it makes in the end is."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from whole_stack import WholeStack

from deskstream_cli.stack.parts import stack_superuser_dsn

FAILS_WITHIN_S = 120
ENDS_WITHIN_S = 180


async def test_a_demo_fails_while_messages_are_not_understood_and_ends_well_after(
    stack: WholeStack,
) -> None:
    dsn = urlsplit(stack_superuser_dsn(stack.folder, stack.state.ports))
    connection = await asyncpg.connect(urlunsplit(dsn._replace(path="/ai")))
    try:
        async with connection.transaction():
            # ai reads, is ready, and cannot store what any model says: a hang between two facts.
            await connection.execute("lock table understanding in access exclusive mode")
            failing = stack.desk("demo", "--settle-timeout-s", "2")
            output, _ = await asyncio.wait_for(
                asyncio.to_thread(failing.communicate), FAILS_WITHIN_S
            )
    finally:
        await connection.close()
    assert failing.returncode == 1, output
    assert "✓ Every message" not in output
    assert "192 are not scored: demo-0001" in output
    assert "192 are not triaged" in output
    assert "ai has" in output, "what is under way is a reason"

    succeeding = stack.desk("demo")
    output, _ = await asyncio.wait_for(asyncio.to_thread(succeeding.communicate), ENDS_WITHIN_S)
    assert succeeding.returncode == 0, output
    assert "✓ Every message is scored, triaged, and answered or left to a human" in output
    assert "and they are delivered" in output
    assert "192 local/rules" in output, "who scored them"
