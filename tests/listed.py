"""A small protocol with everything that can be ticked, as a team would write it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.domain.calendar import Calendar
from bot.domain.protocol import Protocol
from bot.store.files import protocols

LISTED = """\
name: listed
title: Listed
severities:
  P1: {title: Bad, management_after: none}
  P2: {title: Less so, management_after: none}
  P3: {title: Small, management_after: none}
phases:
  triaging: {title: Triaging, stage: triage}
  investigating:
    title: Investigating
    stage: active
    steps:
      taken: {text: Say that you have it, proof: acknowledged, clause: "2.0"}
      logs: Read the logs § 2.1
      changes: {text: Look at what was deployed, note: of the last day, command: "git log --since=1.day", clause: "2.2"}
  fixing:
    title: Fixing
    stage: active
    within: {P1: 1h § 3}
    steps:
      override: {text: Override the schema for a while, approval: true § 3.2, clause: "3.1"}
  watching: {title: Watching, stage: monitoring}
roles:
  lead: {title: Lead, leads: true, required_for: [P1], staffed_by: [incident-manager]}
  speaker: {title: Speaker, communicates: true}
  responder: {title: Responder, responds: true}
ladder:
  level-1: {title: On call, names: [on-call]}
  level-2: {title: Experts, names: [level-2]}
questions:
  what: What is broken? § 1.1
  when: Since when? § 1.2
  who: Who reads it? § 1.3
  impact: What does it mean for them? § 1.4
validation:
  fresh: {text: The data is fresh, clause: "7"}
closure:
  resolved: {text: It is resolved., proof: resolved, clause: "8"}
  told: {text: Readers know., clause: "8"}
checklists:
  impact:
    title: Impact assessment
    opens: declared
    within: {P1: 30m § 4, P2: 30m § 4}
    counts_from: detected
    clause: "4"
    items: {tables: Affected tables § 4.1, money: Money it touches § 4.2}
  containment:
    title: Containment
    opens: investigating
    any_of: true
    items:
      revert: {text: Revert what was changed, command: git revert, clause: "5.A"}
      pause: {text: Pause the pipelines, clause: "5.B"}
  best:
    title: Best practice
    opens: resolved
    severities: [P1]
    within: 1d § 6
    items: {graded: The severity was right § 6.1, told: Everybody was told § 6.2}
"""


@cache
def listed() -> Protocol:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "listed.yml"
        path.write_text(LISTED)
        return protocols.load(str(path), Calendar(timezone="Europe/Amsterdam"))
