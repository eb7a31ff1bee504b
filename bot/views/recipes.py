"""Backfill recipes: the command with what is known filled in, to be copied, and how to see that it worked."""

from __future__ import annotations

from slack_sdk.models.blocks import ButtonElement

from bot.domain import recipes
from bot.domain.protocol.lists import Recipe
from bot.views import blocks
from bot.views.blocks import Block
from bot.views.ids import Action, value
from bot.views.scene import Post, Scene
from bot.views.words import Safe, escaped, lines, say


def page(scene: Scene, name: str) -> Post:
    """One recipe; where the protocol does not have it any more, that."""
    recipe = next((one for one in scene.protocol.backfills if one.name == name), None)
    if recipe is None:
        return blocks.paragraph(say("runbooks.no_recipe", scene))
    head = say("runbooks.recipe", recipe=recipe)
    check = say("runbooks.recipe_check") if recipe.check else Safe()
    command, blanks = _filled(scene, recipe.command), _blanks(scene, recipe)
    told = lines(head, escaped(command), blanks, check, escaped(_filled(scene, recipe.check)))
    drawn = [blocks.section(head), *commands(scene, recipe)]
    held = value(scene.incident.id, text=recipe.name)
    plan = [blocks.button("Plan a backfill", f"{Action.PLAN_BACKFILL}:recipe", held)] if scene.incident.running else []
    return blocks.post(told, drawn, blocks.actions(*plan), blocks.context(blanks, escaped(recipe.clause())))


def commands(scene: Scene, recipe: Recipe) -> list[Block]:
    """What is to be typed, and what shows that it worked."""
    check = [blocks.section(say("runbooks.recipe_check")), blocks.copyable(_filled(scene, recipe.check))]
    return [blocks.copyable(_filled(scene, recipe.command)), *(check if recipe.check else [])]


def _filled(scene: Scene, text: str) -> str:
    return recipes.filled(text, scene.incident, scene.protocol.calendar.timezone)


def _blanks(scene: Scene, recipe: Recipe) -> Safe:
    left = recipes.blanks(f"{_filled(scene, recipe.command)} {_filled(scene, recipe.check)}")
    return say("runbooks.recipe_blanks", blanks=", ".join(left)) if left else Safe()


def openers(scene: Scene) -> list[ButtonElement]:
    """A button for each recipe, for the ledger."""
    known = scene.protocol.backfills[:4] if scene.incident.running else ()
    return [
        blocks.button(one.title, f"{Action.RECIPE}:{n}", value(scene.incident.id, text=one.name))
        for n, one in enumerate(known)
    ]


def named(scene: Scene, name: str) -> Safe:
    """`by dbt`: in the ledger and where a backfill is told; nothing without a recipe."""
    title = next((one.title for one in scene.protocol.backfills if one.name == name), name)
    return say("runbooks.recipe_by", title=title) if name else Safe()
