from tests.outbound.matrix import *
from tests.outbound.matrix import once_each
from tests.outbound.test_fault_matrix import wrong
import asyncio, pytest, collections
KS=sorted({c.rig.split(",")[0] for c in once_each()})
@pytest.mark.parametrize("kind", ["calendar","group","swap","shift_told","tell","say","summon","card","invite"])
async def test_mine(sqlite_url, kind):
    cases=[c for c in once_each() if RIGS[c.rig].kind == kind]
    try:
        async with asyncio.timeout(25):
            assert wrong(await played(sqlite_url, cases)) == []
    except TimeoutError:
        raise AssertionError("HANGS "+kind)
