"""The login of Kafka and Valkey on a machine that is shared: off unless it is asked for.

It is asked for by the settings by which services reach a Kafka anywhere, `DESK_KAFKA_SECURITY_…`.
"""

import os
import re
import secrets
from collections.abc import Mapping

from pydantic import SecretStr

from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.state import Login, StackState
from deskstream_localstack.part import LOOPBACK
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.settings import KafkaSecuritySettings

PREFIX = "DESK_KAFKA_SECURITY_"
USUAL_USERNAME = "desk"
# What needs no quoting in any of the files and addresses where it is written.
PLAIN_WORD = re.compile(r"[A-Za-z0-9._-]{1,200}")


def choose_login(
    remembered: Login | None, environment: Mapping[str, str] = os.environ
) -> Login | None:
    """Return the login the environment asks for; without a word there, that of the last start.

    So a stack that was closed stays closed when it is started by someone who does not know of it.
    What is not given is made up. Raises StackError for what a local broker cannot do.
    """
    protocol = environment.get(f"{PREFIX}PROTOCOL")
    if protocol is None:
        return remembered
    if protocol == "PLAINTEXT":
        return None
    if protocol != "SASL_PLAINTEXT" or environment.get(f"{PREFIX}MECHANISM", "PLAIN") != "PLAIN":
        raise StackError(
            f"{PREFIX}PROTOCOL: a local stack speaks PLAINTEXT, or SASL_PLAINTEXT with the "
            f"mechanism PLAIN, not {protocol} {environment.get(f'{PREFIX}MECHANISM', '')}".rstrip()
        )
    known = remembered or Login(username=USUAL_USERNAME, password=secrets.token_urlsafe(24))
    login = Login(
        username=environment.get(f"{PREFIX}USERNAME") or known.username,
        password=environment.get(f"{PREFIX}PASSWORD") or known.password,
    )
    for name, value in (("USERNAME", login.username), ("PASSWORD", login.password)):
        if not PLAIN_WORD.fullmatch(value):
            raise StackError(
                f"{PREFIX}{name}: a local stack takes up to 200 letters, digits and `._-`."
            )
    return login


def kafka_access(state: StackState) -> KafkaAccess:
    """Return how the stack's own broker is reached."""
    return KafkaAccess(f"{LOOPBACK}:{state.ports['kafka']}", _security(state.login))


def kafka_environment(login: Login | None) -> dict[str, str]:
    """Return the services' Kafka settings, which replace those in `desk`'s environment."""
    security = _security(login)
    settings: dict[str, str] = {
        f"{PREFIX}PROTOCOL": security.protocol,
        f"{PREFIX}MECHANISM": security.mechanism,
    }
    if login is None:
        return settings
    return settings | {f"{PREFIX}USERNAME": login.username, f"{PREFIX}PASSWORD": login.password}


def valkey_url(port: int, login: Login | None) -> str:
    """Return the address of the stack's own Valkey, which knows the password alone."""
    credentials = f":{login.password}@" if login else ""
    return f"redis://{credentials}{LOOPBACK}:{port}/0"


def _security(login: Login | None) -> KafkaSecuritySettings:
    if login is None:
        return KafkaSecuritySettings(protocol="PLAINTEXT", mechanism="PLAIN", ca_file=None)
    return KafkaSecuritySettings(
        protocol="SASL_PLAINTEXT",
        mechanism="PLAIN",
        username=login.username,
        password=SecretStr(login.password),
        ca_file=None,
    )
