"""The five services: how each is run and with which environment."""

import base64
import hashlib
import json
import sys
from collections.abc import Mapping
from importlib import metadata
from importlib.util import find_spec

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.login import kafka_environment, valkey_url
from deskstream_cli.stack.parts import stack_superuser_dsn
from deskstream_cli.stack.program import BEHIND_THE_SCENES_NICENESS, Program, answers_working
from deskstream_cli.stack.state import Login
from deskstream_contracts.topics import SERVICES
from deskstream_localstack.part import LOOPBACK, StackPart
from deskstream_localstack.passwords import Passwords
from deskstream_localstack.service_databases import service_dsn

MAIL_SENDER = "support@deskstream.example"
ON_DUTY = "on-duty@deskstream.example"
BEHIND_THE_SCENES = frozenset({"ai", "escalation", "notify"})


def service_programs(
    folder: DataFolder, ports: Mapping[str, int], login: Login | None
) -> list[Program]:
    """Return the five services. Raises StackError when one is not installed."""
    return [
        Program("services", _service(name, folder, ports, login), niceness=_niceness_of(name))
        for name in SERVICES
    ]


def migration_argv(service: str) -> tuple[str, ...]:
    """Return the command that brings a service's database to its newest form."""
    return (sys.executable, "-m", f"deskstream_{service}", "migrate")


def database_passwords(folder: DataFolder) -> dict[str, str]:
    passwords = Passwords(folder.passwords)
    return {service: passwords.of(service) for service in SERVICES}


def service_database(service: str, folder: DataFolder, ports: Mapping[str, int]) -> str:
    """Return the DSN of a service's database, with the service's own role."""
    password = Passwords(folder.passwords).of(service)
    return service_dsn(stack_superuser_dsn(folder, ports), service, password)


def _service(
    name: str, folder: DataFolder, ports: Mapping[str, int], login: Login | None
) -> StackPart:
    if find_spec(f"deskstream_{name}") is None:
        raise StackError(
            f"The service {name} is not installed in this environment: run `make dev`, "
            "or `desk up --parts-only` for the servers alone."
        )
    port = ports[name]
    return StackPart(
        name=name,
        version=_version(name),
        port=port,
        argv=(sys.executable, "-m", f"deskstream_{name}", "serve"),
        env=_environment(name, folder, ports, login),
        # A stack has started when tickets go all the way, and not before.
        is_ready=lambda: answers_working(port),
    )


def _niceness_of(service: str) -> int:
    return BEHIND_THE_SCENES_NICENESS if service in BEHIND_THE_SCENES else 0


def _version(service: str) -> str:
    try:
        return metadata.version(f"deskstream-{service}")
    except metadata.PackageNotFoundError:
        return "not packaged"


def _environment(
    service: str, folder: DataFolder, ports: Mapping[str, int], login: Login | None
) -> dict[str, str]:
    common = {
        "DESK_POSTGRES_DSN": service_database(service, folder, ports),
        "DESK_KAFKA_BOOTSTRAP": f"{LOOPBACK}:{ports['kafka']}",
        **kafka_environment(login),
        "DESK_VALKEY_URL": valkey_url(ports["valkey"], login),
        "DESK_HTTP_HOST": LOOPBACK,
        "DESK_HTTP_PORT": str(ports[service]),
        "DESK_API_KEYS_FILE": str(folder.api_keys),
        "DESK_LOG_FORMAT": "json",
        "DESK_INSTANCE_ID": f"{service}-1",
    }
    if service != "notify":
        return common
    return common | {
        "DESK_SMTP_HOST": LOOPBACK,
        "DESK_SMTP_PORT": str(ports["smtp"]),
        "DESK_SMTP_FROM": MAIL_SENDER,
        # The catcher speaks no TLS, and what is sent to it leaves this machine nowhere.
        "DESK_SMTP_SECURITY": "none",
        "DESK_ALERT_ADDRESSES": json.dumps([ON_DUTY]),
        # Alerts stay on this machine, too, so that they may say what the customer wrote.
        "DESK_ALERT_CUSTOMER_WORDS": "true",
        "DESK_PUBLIC_URL": f"http://{LOOPBACK}:{ports['gateway']}",
        "DESK_WEBHOOK_SECRET_KEYS": json.dumps([_webhook_secrets_key(folder)]),
        # The catcher's webhook endpoint is on this machine.
        "DESK_WEBHOOK_ALLOW_PRIVATE_NETWORKS": "true",
    }


def _webhook_secrets_key(folder: DataFolder) -> str:
    """Return the key under which notify keeps signing secrets: 32 bytes in URL-safe base64."""
    password = Passwords(folder.passwords).of("webhook-secrets")
    return base64.urlsafe_b64encode(hashlib.sha256(password.encode()).digest()).decode()
