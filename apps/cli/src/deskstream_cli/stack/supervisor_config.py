"""supervisord's configuration for the programs of a stack."""

import shlex
from collections.abc import Mapping, Sequence

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.inherited_settings import described
from deskstream_cli.stack.program import GROUP_ORDER, Program
from deskstream_localstack.part import LOOPBACK

LOG_SIZE_MAX_BYTES = 10_000_000
LOG_BACKUPS = 2
STOP_TIMEOUT_S = 20
# A program that ends within this time of its start was not started; one that ran longer crashed,
# and is started again at once.
STARTED_AFTER_S = 1
# Each try waits a second longer than the one before.
START_TRIES = 20


def supervisor_config(
    folder: DataFolder,
    programs: Sequence[Program],
    port: int,
    password: str,
    environment: Mapping[str, str],
) -> str:
    """Return the text of supervisord.conf. Its control port asks for `password`.

    `environment` is what the programs inherit: it is written as names and a fingerprint.

    Nothing starts by itself: `start_stack` starts each program when what it needs is ready.
    """
    sections = [
        f"; settings from the environment: {described(environment, password)}\n",
        _section(
            "supervisord",
            logfile=folder.log_of("supervisord"),
            logfile_maxbytes=LOG_SIZE_MAX_BYTES,
            logfile_backups=LOG_BACKUPS,
            pidfile=folder.supervisor_pid,
            directory=folder.root,
            # supervisord opens up what it is born with; its programs are born with this.
            umask="077",
        ),
        _section("inet_http_server", port=f"{LOOPBACK}:{port}", username="desk", password=password),
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n",
    ]
    for group, order in GROUP_ORDER.items():
        members = [program for program in programs if program.group == group]
        if members:
            names = ",".join(program.name for program in members)
            sections.append(_section(f"group:{group}", programs=names, priority=order))
        sections.extend(_program(folder, program) for program in members)
    return "\n".join(sections)


def _program(folder: DataFolder, program: Program) -> str:
    part = program.part
    environment = ",".join(f"{name}={_quoted(value)}" for name, value in part.env.items())
    return _section(
        f"program:{part.name}",
        command=shlex.join((*_stepping_back(program.niceness), *part.argv)),
        environment=environment,
        directory=part.working_folder or folder.root,
        autostart="false",
        autorestart="true",
        startsecs=STARTED_AFTER_S,
        startretries=START_TRIES,
        stopsignal=part.stop_signal.name.removeprefix("SIG"),
        stopwaitsecs=STOP_TIMEOUT_S,
        redirect_stderr="true",
        stdout_logfile=folder.log_of(part.name),
        stdout_logfile_maxbytes=LOG_SIZE_MAX_BYTES,
        stdout_logfile_backups=LOG_BACKUPS,
    )


def _stepping_back(niceness: int) -> tuple[str, ...]:
    return ("nice", "-n", str(niceness)) if niceness else ()


def _section(title: str, **settings: object) -> str:
    # "%" starts an expansion in supervisord's files.
    lines = [f"{name} = {str(value).replace('%', '%%')}" for name, value in settings.items()]
    return "\n".join((f"[{title}]", *lines, ""))


def _quoted(value: str) -> str:
    """Quote as supervisord reads it: it takes every quote off both ends, and knows no escapes."""
    quote = "'" if '"' in value else '"'
    if quote in value or "\n" in value or value != value.strip("'\""):
        raise StackError(f"supervisord cannot hold the environment value {value!r}: see its quotes")
    return f"{quote}{value}{quote}"
