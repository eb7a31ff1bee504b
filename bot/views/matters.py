"""Matters: what waits in the incident's channel for somebody's answer, and the line that is left when it has one."""

from __future__ import annotations

from bot.views import adoption, grading, people, proposals, runbook_pages, work
from bot.views.scene import Post, Scene


def matter(scene: Scene, about: int) -> Post | None:
    """The request, question or plan of this seq as it stands now; None when its entry does not count any more."""
    asked = next((one for one in scene.incident.severity_requests if one.seq == about), None)
    if asked is not None:
        return grading.request(scene, asked)
    if any(one.seq == about for one in scene.incident.questions):
        return people.question(scene, about)
    if any(one.seq == about for one in scene.incident.theories):
        return work.theory(scene, about)
    offer = next((one for one in scene.incident.offers if one.seq == about), None)
    if offer is not None:
        return adoption.offer(scene, offer)
    if any(one.seq == about for one in scene.incident.runbooks):
        return runbook_pages.standing(scene, about)
    plan = next((one for one in scene.incident.proposals if one.seq == about), None)
    return proposals.plan(scene, plan) if plan else None
