"""What this process counts about itself, for `GET /metrics`. Figures from the database are read when asked for.

Labels are kinds, verbs and outcomes: never a title, a name or a channel. As in every Prometheus client the counters
belong to the process; two bots in one process (tests) share them.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

# When each counter was first used doubles the page and tells nobody anything.
disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

COMMANDS = Counter(
    "sitrep_commands",
    "What people asked for, by door, verb and outcome (done, refused, not_saved, unknown, bug).",
    ["door", "verb", "outcome"],
    registry=REGISTRY,
)

COMMAND_SECONDS = Histogram(
    "sitrep_command_seconds",
    "From a command's arrival to its answer; Slack hangs up after 3 seconds.",
    ["door"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0),
    registry=REGISTRY,
)

DELIVERIES = Counter(
    "sitrep_deliveries",
    "Tries to say or do something outside, by kind and outcome (sent, again, paced, refused, lost).",
    ["kind", "outcome"],
    registry=REGISTRY,
)

REQUESTS = Counter(
    "sitrep_slack_requests",
    "Requests to /slack/events, by outcome (accepted, or why they were turned away).",
    ["outcome"],
    registry=REGISTRY,
)

LAST_TICK = Gauge(
    "sitrep_last_tick_timestamp_seconds",
    "When the promises were last looked at, in real time; once a second.",
    registry=REGISTRY,
)
