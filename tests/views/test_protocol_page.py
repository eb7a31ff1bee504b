"""What people read of a protocol without an incident."""

import pytest

from bot.store.files.protocols import builtin_names, load
from bot.views import protocol_page


@pytest.mark.parametrize("name", builtin_names())
def test_everything_that_is_to_be_known_beforehand_is_told(name: str) -> None:
    protocol = load(name)
    reached = {one.name: ["Bea", "Tec"] for one in protocol.contacts[:1]}
    told = protocol_page.told(protocol, reached)["text"]
    assert protocol.title in told
    described = [one.description for one in protocol.severities] + [one.description for one in protocol.categories]
    assert [one for one in described if one not in told] == []
    for one in protocol.categories:
        assert one.title in told
        assert (f"typically {one.severity} to {one.down_to}" if one.down_to else one.severity or "") in told
    assert [one for one in (*protocol.definition.counts, *protocol.principles) if one not in told] == []
    if protocol.contacts:
        assert f"{protocol.contacts[0].title}: Bea, Tec" in told
        assert f"{protocol.contacts[1].title}: nobody is named for it" in told
    assert "@" not in told.replace("@channel", ""), "nobody is rung by reading"
