"""Who is an admin, and what makes much quick. It only adds, so that the version before goes on beside this one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
serves = "0001"


INDEXES = (
    ("ix_incidents_private", "incidents", ["private", "stage", "state_version"]),
    ("ix_incidents_declared_at", "incidents", ["declared_at"]),
    ("ix_incidents_state_version", "incidents", ["stage", "state_version"]),
    ("ix_facts_at", "facts", ["incident", "at", "seq"]),
)
"""So that lists and timelines do not become slower with what was recorded."""


def upgrade() -> None:
    op.add_column("people", sa.Column("admin", sa.Boolean(), nullable=True))
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    where = sa.text("state = 'sending'")
    op.create_index("ix_outbox_sending", "outbox", ["lease_until", "lane"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_outbox_sending", "outbox")
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    op.drop_column("people", "admin")
