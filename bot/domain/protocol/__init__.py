"""A protocol: what one team has promised to do, as a value."""

from bot.domain.protocol.effective import *
