"""Files, in Slack's three steps: ask for a place, upload, complete. The timeline in the closing summary's thread.

Source: https://docs.slack.dev/messaging/working-with-files#upload.
"""

from __future__ import annotations

from typing import Any

import aiohttp

from bot.outbound import look
from bot.outbound.desk import Desk, Errand, Job, Result
from bot.outbound.errors import Again, Refusal, sort
from bot.views import timeline


async def attach_timeline(desk: Desk, job: Job) -> Result:
    """A file carries no metadata, so after an unclear try the thread is searched for a file of this name."""
    thread, name = job.slots[job.args["thread"]], f"{job.incident.number.lower()}-timeline.md"
    if job.row.ambiguous and await attached(desk, job, name, thread.channel, thread.ts):
        return Result()
    text = timeline.document(await desk.scene(job, then=True))
    file = await uploaded(desk, name, text.encode())
    title = f"Timeline of {job.incident.number}"
    await shared(desk, {"id": file, "title": title}, channel_id=thread.channel, thread_ts=thread.ts)
    return Result()


async def shared(desk: Desk, file: dict[str, str], **where: str | None) -> None:
    """Show an uploaded file somewhere."""
    try:
        await desk.api.call("files.completeUploadExternal", files=[file], **where)
    except Refusal as refusal:
        if refusal.error != "file_not_found":
            raise
        raise Again("the upload was lost on its way") from refusal


async def attached(desk: Desk, job: Errand, name: str, channel: str, thread: str | None = None) -> bool:
    """Whether a file of this name is there since the first try."""
    async for message in look.messages(desk.api, job.row, channel, thread):
        if any(file.get("name") == name for file in message.get("files", ())):
            return True
    return False


async def uploaded(desk: Desk, name: str, content: bytes) -> str:
    """The id of the uploaded file. Until it is completed nobody sees it, so another upload is no double."""
    place = await desk.api.call("files.getUploadURLExternal", filename=name, length=len(content))
    session = desk.api.client.session
    if session is None:
        raise RuntimeError("the Slack client needs a session of its own")
    how: Any = {"timeout": aiohttp.ClientTimeout(total=desk.api.call_seconds), "proxy": desk.api.client.proxy}
    await desk.api.going_out()
    try:
        async with session.post(place["upload_url"], data=content, **how) as answer:
            if answer.status != 200:
                raise Again(f"upload answered HTTP {answer.status}")
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        raise Again(f"upload: {sort(error)}") from error
    return str(place["file_id"])
