"""The catcher: it keeps the mails and webhooks that a local stack sends."""

import sys
from collections.abc import Mapping
from importlib import metadata

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.program import BEHIND_THE_SCENES_NICENESS, Program, answers_ready
from deskstream_localstack.part import LOOPBACK, StackPart
from deskstream_localstack.passwords import Passwords


def catcher_token(folder: DataFolder) -> str:
    """Return what the link to the catcher's page carries."""
    return Passwords(folder.passwords).of("catcher")


def catcher_program(folder: DataFolder, ports: Mapping[str, int]) -> Program:
    port = ports["catcher"]
    part = StackPart(
        name="catcher",
        version=metadata.version("deskstream-cli"),
        port=port,
        argv=(sys.executable, "-m", "deskstream_cli.catcher"),
        env={
            "DESK_CATCHER_HOST": LOOPBACK,
            "DESK_CATCHER_SMTP_PORT": str(ports["smtp"]),
            "DESK_CATCHER_HTTP_PORT": str(port),
            "DESK_CATCHER_FOLDER": str(folder.catcher),
            "DESK_CATCHER_WEBHOOK_SECRET_FILE": str(folder.webhook_secret),
            "DESK_CATCHER_TOKEN": catcher_token(folder),
            "DESK_CATCHER_API_KEYS_FILE": str(folder.api_keys),
        },
        is_ready=lambda: answers_ready(port),
    )
    return Program("edge", part, niceness=BEHIND_THE_SCENES_NICENESS)
