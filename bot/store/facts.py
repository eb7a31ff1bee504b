"""Facts on paper: appended, chained by digests, and never touched again.

A fact's body is canonical JSON, hashed as stored, and names its predecessor's digest; people's own words lie apart in
`texts`, and the body holds only the digest of salt and text. So words can be deleted and the chain still proves that
nothing else was.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from bot.domain import fact as f
from bot.domain.errors import Newer
from bot.store.session import Conflict, Session
from bot.store.tables import facts, incidents, texts

REMOVED = "(removed)"
_PROSE = re.compile(r"sha256:[0-9a-f]{64}")

# Statements of every act are built once: building one takes longer than running it.
_FACTS, _TEXTS = sa.insert(facts), sa.insert(texts)
_LAST = (
    sa.select(facts.c.seq, facts.c.digest)
    .where(facts.c.incident == sa.bindparam("of"))
    .order_by(facts.c.seq.desc())
    .limit(1)
)


def append(session: Session, entries: Sequence[f.Entry]) -> str:
    """Add entries to the end of one incident's record and return the digest of the last.

    Entries that do not follow the last one make the use case run again. Raises ValueError, before anything is
    written, for entries of several incidents, for NUL and lone surrogates, and for times without a zone.
    """
    if len({entry.incident for entry in entries}) != 1:
        raise ValueError("append takes the entries of exactly one incident")
    seq, prev = _last(session, entries[0].incident)
    rows, words = [], []
    for number, entry in enumerate(entries, seq + 1):
        if entry.seq != number:
            raise Conflict(f"entry {entry.seq} of INC-{entry.incident} does not follow entry {number - 1}")
        data, prose = _parted(entry.fact)
        row = _row(entry, data, prev)
        prev = row["digest"]
        rows.append(row)
        words += [{"incident": entry.incident, "seq": entry.seq, **text} for text in prose]
    session.each(_FACTS, rows)
    session.each(_TEXTS, words)
    return prev


def entries(session: Session, incident_id: int, *, upto: int | None = None, since: int = 0) -> list[f.Entry]:
    """The record in order, after entry `since` and up to and with entry `upto`; deleted words read "(removed)".

    Raises Newer for what this version does not know."""
    span, of_texts = (_span(table, incident_id, since, upto) for table in (facts, texts))
    rows = session.conn.execute(sa.select(facts.c.seq, facts.c.body).where(span).order_by(facts.c.seq))
    return _told(rows, session.conn.execute(sa.select(texts).where(of_texts)))


def of_seqs(session: Session, incident_id: int, seqs: Collection[int]) -> list[f.Entry]:
    """These entries of the record, in order."""
    if not seqs:
        return []
    these, of_texts = (sa.and_(table.c.incident == incident_id, table.c.seq.in_(seqs)) for table in (facts, texts))
    rows = session.conn.execute(sa.select(facts.c.seq, facts.c.body).where(these).order_by(facts.c.seq))
    return _told(rows, session.conn.execute(sa.select(texts).where(of_texts)))


def latest(session: Session, incident_id: int, most: int) -> list[f.Entry]:
    """The latest entries by when they happened, in order of seq, and before them those that they speak of."""
    by_time = sa.select(facts.c.seq).where(facts.c.incident == incident_id)
    by_time = by_time.order_by(facts.c.at.desc(), facts.c.seq.desc()).limit(most)
    found = of_seqs(session, incident_id, session.conn.execute(by_time).scalars().all())
    named = {seq for entry in found for seq in _speaks_of(entry.fact)} - {entry.seq for entry in found}
    return sorted([*of_seqs(session, incident_id, named), *found], key=lambda entry: entry.seq)


def _speaks_of(fact: f.Fact) -> tuple[int, ...]:
    match fact:
        case f.Undone(seqs=seqs):
            return seqs
        case f.UpdateEdited(update=update):
            return (update,)
        case _:
            return ()


def count(session: Session, incident_id: int) -> int:
    """How many entries the record has."""
    return _last(session, incident_id)[0]


def head(session: Session, incident_id: int, *, upto: int | None = None) -> str:
    """The digest of the last entry, or of entry `upto`; "" when there is none. With the count of entries so far it is
    an anchor for the record up to there."""
    if upto is None:
        return _last(session, incident_id)[1]
    one = sa.select(facts.c.digest).where(facts.c.incident == incident_id, facts.c.seq == upto)
    return session.conn.execute(one).scalar_one_or_none() or ""


def digests(session: Session, incident_id: int) -> list[str]:
    """The digest of every entry in order: one that was printed earlier must be among them."""
    query = sa.select(facts.c.digest).where(facts.c.incident == incident_id).order_by(facts.c.seq)
    return list(session.conn.execute(query).scalars())


def verify(session: Session, incident_id: int) -> list[str]:
    """What is wrong with an incident's record, in sentences; nothing when it is whole."""
    words: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for text in session.conn.execute(sa.select(texts).where(texts.c.incident == incident_id)):
        words[text.seq].append(text)
    problems: list[str] = []
    seq, prev = 0, ""
    for row in session.conn.execute(sa.select(facts).where(facts.c.incident == incident_id).order_by(facts.c.seq)):
        problems += _gap(seq, row.seq)
        problems += _faults(row, prev, words.pop(row.seq, []))
        seq, prev = row.seq, row.digest
    problems += [f"Entry {lost} is missing, but its text is here." for lost in words]
    return problems + _against_row(session, incident_id, seq, prev)


def forget_texts(session: Session, incident_id: int, seqs: Collection[int] = ()) -> int:
    """Delete everything people wrote in an incident, or only in these entries, and return how many texts that were; the
    chain stays valid.

    The row's copy is emptied too, so that it is folded anew from what is left.
    """
    these = texts.c.seq.in_(seqs) if seqs else sa.true()
    gone = session.conn.execute(sa.delete(texts).where(texts.c.incident == incident_id, these)).rowcount
    emptied = sa.update(incidents).where(incidents.c.id == incident_id).values(state_version=0, state="")
    session.conn.execute(emptied)
    return gone


def _last(session: Session, incident_id: int) -> tuple[int, str]:
    row = session.conn.execute(_LAST, {"of": incident_id}).one_or_none()
    return (row.seq, row.digest) if row else (0, "")


def _span(table: sa.Table, incident_id: int, since: int, upto: int | None) -> sa.ColumnElement[bool]:
    after = sa.and_(table.c.incident == incident_id, table.c.seq > since)
    return after if upto is None else sa.and_(after, table.c.seq <= upto)


def _told(rows: Iterable[sa.Row[int, str]], of_texts: Iterable[sa.Row[Any]]) -> list[f.Entry]:
    words: dict[int, dict[str, str]] = defaultdict(dict)
    for text in of_texts:
        words[text.seq][text.field] = text.body
    return [_entry(json.loads(body), words[seq]) for seq, body in rows]


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _parted(fact: f.Fact) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The fact's data with digests where people's words were, and the words. An empty text stays: it says nothing."""
    data = fact.model_dump(mode="json")
    prose = []
    for field in fact.prose_fields():
        text = data[field]
        if text:
            if "\0" in text:
                raise ValueError(f"the {field} of a {fact.kind} fact contains NUL, which cannot be stored")
            salt = secrets.token_hex(16)
            prose.append({"field": field, "salt": salt, "body": text})
            data[field] = f"sha256:{_hashed(salt + text)}"
    return data, prose


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone; only aware times are stored")
    return at.astimezone(UTC)


def _row(entry: f.Entry, data: dict[str, Any], prev: str) -> dict[str, Any]:
    at, recorded_at = _utc(entry.at), _utc(entry.recorded_at)
    said = entry.model_copy(update={"at": at, "recorded_at": recorded_at}).model_dump(mode="json", exclude={"fact"})
    said |= {"kind": entry.fact.kind, "data": data, "prev": prev}
    body = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    columns = {"incident": entry.incident, "seq": entry.seq, "kind": entry.fact.kind, "at": at}
    return {**columns, "recorded_at": recorded_at, "body": body, "digest": _hashed(body)}


def _entry(said: dict[str, Any], words: dict[str, str]) -> f.Entry:
    data = said.pop("data")
    del said["prev"]
    gone = {field: REMOVED for field, value in data.items() if isinstance(value, str) and _PROSE.fullmatch(value)}
    try:
        fact = f.revive(said.pop("kind"), {**data, **gone, **words})
    except f.FromNewer as error:
        raise Newer(said["incident"]) from error
    return f.Entry(fact=fact, **said)


def _gap(before: int, seq: int) -> list[str]:
    return [f"Entry {missing} is missing." for missing in range(before + 1, seq)]


def _faults(row: sa.Row[Any], prev: str, words: Sequence[sa.Row[Any]]) -> Iterator[str]:
    """What is wrong with one entry: its body, its place in the chain, its columns, its texts."""
    if _hashed(row.body) != row.digest:
        yield f"Entry {row.seq} was changed: its body does not match its digest."
        return
    said = json.loads(row.body)
    if said["prev"] != prev:
        yield f"Entry {row.seq} does not follow the entry before it: the chain is broken."
    if any(said[name] != getattr(row, name) for name in ("incident", "seq", "kind")):
        yield f"Entry {row.seq} stands in the wrong row: its columns do not match its body."
    for text in words:
        if said["data"].get(text.field) != f"sha256:{_hashed(text.salt + text.body)}":
            yield f"The {text.field} of entry {row.seq} was changed: the text does not match its digest."


def _against_row(session: Session, incident_id: int, seq: int, digest: str) -> list[str]:
    """Entries cut off at the end leave a whole chain behind; the incident's row remembers how long it was."""
    query = sa.select(incidents.c.seq, incidents.c.digest).where(incidents.c.id == incident_id)
    row = session.conn.execute(query).one_or_none()
    if row is None or (row.seq, row.digest) == (seq, digest):
        return []
    return [f"The record ends with entry {seq}, but the incident's row says it ends with entry {row.seq}."]
