"""`python -m deskstream_cli.catcher` runs the catcher."""

import asyncio

from deskstream_cli.catcher.app import serve
from deskstream_cli.catcher.settings import CatcherSettings

if __name__ == "__main__":
    asyncio.run(serve(CatcherSettings()))
