"""A Slack workspace in a box: strict, stateful, one process. It knows nothing of the app that talks to it."""

from bot.sandbox.errors import ClientRefused, FormRefused, SlackError
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.manifest import Manifest
from bot.sandbox.model import Call, Channel, Message, Ping, View
from bot.sandbox.people import Person
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.submission import Ack
from bot.sandbox.timing import Limits, Timing
from bot.sandbox.unconfirmed import Unconfirmed

__all__ = [
    "Ack",
    "Call",
    "Channel",
    "ClientRefused",
    "Fault",
    "Faults",
    "FormRefused",
    "Limits",
    "Manifest",
    "Message",
    "Person",
    "Ping",
    "Sandbox",
    "SlackError",
    "Timing",
    "Unconfirmed",
    "View",
]
