"""How a client reaches Kafka: the address, and its login."""

import ssl
from dataclasses import dataclass, field
from typing import Any

from deskstream_runtime.settings import KafkaSecuritySettings


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Where the brokers are, and the security they ask for: the environment's, if none is given."""

    bootstrap: str
    security: KafkaSecuritySettings = field(default_factory=KafkaSecuritySettings)

    def client_options(self) -> dict[str, Any]:
        """What every aiokafka client takes to get in."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.security.protocol,
            "ssl_context": ssl_context(self.security),
        }
        if self.security.asks_for_login:
            assert self.security.password is not None
            options |= {
                "sasl_mechanism": self.security.mechanism,
                "sasl_plain_username": self.security.username,
                "sasl_plain_password": self.security.password.get_secret_value(),
            }
        return options


def ssl_context(security: KafkaSecuritySettings) -> ssl.SSLContext | None:
    """How the brokers' certificates are checked; nothing where they have none."""
    if not security.is_encrypted:
        return None
    return ssl.create_default_context(cafile=security.ca_file)
