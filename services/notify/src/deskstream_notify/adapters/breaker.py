"""A circuit breaker for each provider: one that keeps failing is left alone for a while."""

from collections.abc import Awaitable, Callable

from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from deskstream_notify.domain.outcome import Outcome, Refused

# What speaks against the provider as a whole; other refusals are about one message.
_TROUBLES = frozenset(
    {"unreachable", "interrupted", "timeout", "tls_failed", "login_refused", "receiver_failed"}
)


class Resting(Exception):
    """The provider failed too often; it is not called for `for_s` seconds."""

    def __init__(self, provider: str, for_s: float) -> None:
        super().__init__(f"{provider} failed too often and is left alone for {for_s:g} s")
        self.for_s = for_s


class _Trouble(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class Breakers:
    """One breaker a provider, made when first needed."""

    def __init__(self, failures_max: int, rest_s: float) -> None:
        self._rest_s = rest_s
        self._factory = AsyncCircuitBreakerFactory(
            default_threshold=failures_max,
            default_ttl=rest_s,
            exclude=[(BaseException, lambda error: not isinstance(error, _Trouble))],
        )

    async def call(self, provider: str, act: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Runs `act` unless the provider is resting, then raises `Resting`."""
        breaker = await self._factory.get_breaker(provider)
        try:
            async with breaker:
                outcome = await act()
                if isinstance(outcome, Refused) and outcome.reason in _TROUBLES:
                    raise _Trouble(outcome)
                return outcome
        except _Trouble as trouble:
            return trouble.outcome
        except OpenedState:
            raise Resting(provider, self._rest_s) from None
