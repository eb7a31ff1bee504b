"""Looking at Slack without changing anything there: what `sitrep doctor` asks it."""

from bot.outbound.checkup.channels import Place, channels
from bot.outbound.checkup.credentials import Access, credentials, granted_scopes
from bot.outbound.checkup.people import Cast, cast, disturbance

__all__ = ["Access", "Cast", "Place", "cast", "channels", "credentials", "disturbance", "granted_scopes"]
