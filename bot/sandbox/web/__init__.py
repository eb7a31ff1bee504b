"""The Web API: one file per family of methods; importing them fills the table of methods."""

from bot.sandbox.web import basics, chat, conversations, dnd, files, marks, people, reading, views
from bot.sandbox.web.call import METHODS

__all__ = ["METHODS", "basics", "chat", "conversations", "dnd", "files", "marks", "people", "reading", "views"]
