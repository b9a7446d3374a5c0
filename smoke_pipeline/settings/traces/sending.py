"""Where spans go: to a receiver of OTLP over HTTP, by a thread of its own that nobody waits for.

The one module that knows OpenTelemetry; its SDK and exporter are the extra `otel`, imported only where
`telemetry.otlp_endpoint` is set.
"""

import atexit
import logging
import os
import queue
import threading
from typing import TYPE_CHECKING

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.settings.logs.telling import warn
from smoke_pipeline.settings.sections.telemetry import TelemetrySettings
from smoke_pipeline.settings.traces.spans import Place, Span, is_heard, listen

if TYPE_CHECKING:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext

MOST_WAITING = 2048
"""Spans that wait for the receiver; the next ones are lost."""
TOGETHER = 256
"""Spans of one request."""
_PATH = "/v1/traces"


def trace_to(settings: TelemetrySettings) -> None:
    """Let this process send its spans, where anybody asked for them; once for all.

    Without the extra nothing is sent, which is warned of: a trace is no reason to stop a step.
    """
    if settings.otlp_endpoint is None or is_heard():
        return
    try:
        sender = Sender(settings)
    except (ImportError, SettingsError) as error:
        warn("traces cannot be sent", error=type(error).__name__)
        return
    listen(sender.take)
    atexit.register(sender.close)


class Sender:
    """Sends spans in the background; one that cannot be sent is lost.

    Raises:
        ImportError: The extra `otel` is not installed.
        SettingsError: The headers cannot be read.
    """

    def __init__(self, settings: TelemetrySettings) -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - only where traces are wanted

        self._exporter = _exporter(settings)
        self._resource = Resource({"service.name": settings.service_name})
        self._timeout_s = settings.timeout_s
        self._waiting: queue.Queue[Span | None] = queue.Queue(MOST_WAITING)
        self._has_warned = False
        self._start()

    def take(self, span: Span) -> None:
        """Send a span, later."""
        if self._pid != os.getpid():  # a fork took the queue along, but not the thread
            self._waiting = queue.Queue(MOST_WAITING)
            self._start()
        try:
            self._waiting.put_nowait(span)
        except queue.Full:
            self._lost()

    def close(self) -> None:
        """Send what waits, as long as the settings allow; what is left then is lost."""
        if self._pid != os.getpid():
            return
        try:
            self._waiting.put(None, timeout=self._timeout_s)
        except queue.Full:
            self._lost()
        self._thread.join(self._timeout_s)
        self._exporter.shutdown()  # type: ignore[no-untyped-call]

    def _start(self) -> None:
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._work, name="smoke-traces", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        from opentelemetry.sdk.trace.export import SpanExportResult  # noqa: PLC0415 - as above

        is_last = False
        while not is_last:
            batch = [self._waiting.get()]
            while batch[-1] is not None and len(batch) < TOGETHER and not self._waiting.empty():
                batch.append(self._waiting.get())
            is_last = batch[-1] is None
            found = [_readable(span, self._resource) for span in batch if span is not None]
            if found and self._exporter.export(found) is not SpanExportResult.SUCCESS:
                self._lost()

    def _lost(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            warn("traces were lost")


def _exporter(settings: TelemetrySettings) -> "OTLPSpanExporter":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - as above
        OTLPSpanExporter,
    )

    # What the library says of a receiver may quote its answer; that something was lost is told here.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
    endpoint = str(settings.otlp_endpoint).rstrip("/")
    return OTLPSpanExporter(
        endpoint=endpoint if endpoint.endswith(_PATH) else endpoint + _PATH,
        headers=_headers(settings),
        timeout=settings.timeout_s,
    )


def _headers(settings: TelemetrySettings) -> dict[str, str]:
    """The headers by their names."""
    written = settings.otlp_headers.get_secret_value() if settings.otlp_headers else ""
    pairs = [one.partition("=") for one in written.split(",") if one.strip()]
    if any(not sign or not name.strip() for name, sign, _ in pairs):
        raise SettingsError(
            "The setting telemetry.otlp_headers cannot be read.", ("Write name=value,name=value.",)
        )
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _readable(span: Span, resource: object) -> "ReadableSpan":
    """The span as the exporter takes it."""
    from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415 - as above
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

    attributes = {f"smoke.{name}": value for name, value in span.fields.items() if value is not None}
    if span.error:
        attributes["error.type"] = span.error
    return ReadableSpan(
        name=span.name,
        context=_context(span.place),
        parent=_context(span.parent) if span.parent else None,
        resource=resource,  # type: ignore[arg-type]
        attributes=attributes,
        status=Status(StatusCode.ERROR if span.error else StatusCode.UNSET),
        start_time=span.began_ns,
        end_time=span.ended_ns,
    )


def _context(place: Place) -> "SpanContext":
    from opentelemetry.trace import SpanContext, TraceFlags  # noqa: PLC0415 - as above

    return SpanContext(
        trace_id=int(place.trace_id, 16),
        span_id=int(place.span_id, 16),
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
