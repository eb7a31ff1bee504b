"""The timeline as a file in the closing summary's thread, in Slack's three steps: ask for a place, upload, complete.

Source: https://docs.slack.dev/messaging/working-with-files#upload.
"""

from __future__ import annotations

from typing import Any

import aiohttp

from bot.outbound import look
from bot.outbound.desk import Desk, Job, Result
from bot.outbound.errors import Again, Refusal, sort
from bot.views import timeline


async def attach_timeline(desk: Desk, job: Job) -> Result:
    """A file carries no metadata, so after an unclear try the thread is searched for a file of this name."""
    thread, name = job.slots[job.args["thread"]], f"{job.incident.number.lower()}-timeline.md"
    if job.row.ambiguous and await _attached(desk, job, name):
        return Result()
    text = timeline.document(await desk.scene(job, then=True))
    file = await _uploaded(desk, name, text.encode())
    files = [{"id": file, "title": f"Timeline of {job.incident.number}"}]
    try:
        await desk.api.call("files.completeUploadExternal", files=files, channel_id=thread.channel, thread_ts=thread.ts)
    except Refusal as refusal:
        if refusal.error != "file_not_found":
            raise
        raise Again("the upload was lost on its way") from refusal
    return Result()


async def _attached(desk: Desk, job: Job, name: str) -> bool:
    thread = job.slots[job.args["thread"]]
    async for message in look.messages(desk.api, job.row, thread.channel, thread.ts):
        if any(file.get("name") == name for file in message.get("files", ())):
            return True
    return False


async def _uploaded(desk: Desk, name: str, content: bytes) -> str:
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
