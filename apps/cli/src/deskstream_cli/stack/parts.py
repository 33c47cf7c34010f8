"""The servers of the stack, prepared in its data folder."""

from collections.abc import Mapping

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.program import Program
from deskstream_cli.stack.state import Login
from deskstream_localstack.kafka import KafkaLogin, prepare_kafka
from deskstream_localstack.kafka_version import DownloadProgress
from deskstream_localstack.passwords import Passwords
from deskstream_localstack.postgres import SUPERUSER, prepare_postgres, superuser_dsn
from deskstream_localstack.valkey import prepare_valkey


def kafka_program(
    folder: DataFolder, ports: Mapping[str, int], login: Login | None, progress: DownloadProgress
) -> Program:
    """Return the broker, downloaded and formatted."""
    part = prepare_kafka(
        folder.kafka, ports["kafka"], ports["kafka_controller"], progress, kafka_login(login)
    )
    return Program("broker", part)


def postgres_program(folder: DataFolder, ports: Mapping[str, int]) -> Program:
    """Return the database server, its cluster created."""
    password = Passwords(folder.passwords).of(SUPERUSER)
    return Program("stores", prepare_postgres(folder.postgres, ports["postgres"], password))


def kafka_login(login: Login | None) -> KafkaLogin | None:
    """Return the login as the broker's recipe takes it."""
    return KafkaLogin(login.username, login.password) if login else None


def valkey_program(folder: DataFolder, ports: Mapping[str, int], login: Login | None) -> Program:
    password = login.password if login else None
    return Program("stores", prepare_valkey(folder.valkey, ports["valkey"], password))


def stack_superuser_dsn(folder: DataFolder, ports: Mapping[str, int]) -> str:
    return superuser_dsn(ports["postgres"], Passwords(folder.passwords).of(SUPERUSER))
