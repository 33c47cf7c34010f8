"""FastStream's broker, reaching Kafka as our other clients do, and creating nothing there."""

from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from deskstream_runtime.kafka.access import ssl_context
from deskstream_runtime.settings import KafkaSecuritySettings, KafkaSettings

_GRACEFUL_TIMEOUT_S = 2


def new_broker(settings: KafkaSettings, group: str) -> KafkaBroker:
    """A broker that injects nothing, logs nothing and makes no topic."""
    return KafkaBroker(
        settings.bootstrap,
        security=broker_security(settings.security),
        client_id=f"deskstream-{group}",
        apply_types=False,
        allow_auto_create_topics=False,
        graceful_timeout=_GRACEFUL_TIMEOUT_S,
        logger=None,
    )


def broker_security(security: KafkaSecuritySettings) -> BaseSecurity:
    """The same as `KafkaAccess.client_options`, in FastStream's words."""
    context = ssl_context(security)
    if not security.asks_for_login:
        return BaseSecurity(ssl_context=context)
    assert security.username is not None
    assert security.password is not None
    login = (security.username, security.password.get_secret_value())
    match security.mechanism:
        case "PLAIN":
            return SASLPlaintext(*login, ssl_context=context)
        case "SCRAM-SHA-256":
            return SASLScram256(*login, ssl_context=context)
        case "SCRAM-SHA-512":
            return SASLScram512(*login, ssl_context=context)
