"""W3C trace context: in from HTTP or an event, out into every event that follows."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("deskstream")


def install_tracing(service: str) -> None:
    """Gives the process a tracer, so that spans have ids. The platform sets up export."""
    trace.set_tracer_provider(TracerProvider(resource=Resource.create({"service.name": service})))


def current_traceparent() -> str | None:
    """The `traceparent` of the span we are in, to be written on what we send."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def current_trace_id() -> str | None:
    """The trace's id as 32 hex digits, or none outside a span."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else None


@contextmanager
def span(name: str, traceparent: str | None = None) -> Iterator[None]:
    """A span, child of `traceparent` where one is given."""
    parent: Context | None = None
    if traceparent:
        parent = _PROPAGATOR.extract({"traceparent": traceparent})
    with _tracer.start_as_current_span(name, context=parent):
        yield
