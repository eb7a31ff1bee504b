"""Requests: what people and the clock ask of an incident, already parsed. `decide` answers each with facts.

The classes `Of…` tell which topic's module decides, as those of the facts do.
"""

from bot.domain.request.access import *
from bot.domain.request.adoption import *
from bot.domain.request.base import *
from bot.domain.request.calendar import *
from bot.domain.request.changes import *
from bot.domain.request.checklists import *
from bot.domain.request.course import *
from bot.domain.request.data import *
from bot.domain.request.grading import *
from bot.domain.request.handover import *
from bot.domain.request.people import *
from bot.domain.request.postmortem import *
from bot.domain.request.proposals import *
from bot.domain.request.runbooks import *
from bot.domain.request.shifts import *
from bot.domain.request.work import *
