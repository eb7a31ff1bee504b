"""Shifts that people exchange or take over. It only adds, so that the version before goes on beside this one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
serves = "0001"


def upgrade() -> None:
    _shift_changes()
    _calendar()


def _shift_changes() -> None:
    op.create_table(
        "shift_changes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id > 0", name=op.f("ck_shift_changes_numbered")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_changes")),
    )
    op.create_table(
        "shift_answers",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "answer IN ('accepted', 'declined', 'withdrawn')", name=op.f("ck_shift_answers_answer_known")
        ),
        sa.ForeignKeyConstraint(["change"], ["shift_changes.id"], name=op.f("fk_shift_answers_change_shift_changes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_answers")),
        sa.UniqueConstraint("change", "answer", name=op.f("uq_shift_answers_change")),
    )


def _calendar() -> None:
    """What happened at its hour, once whoever looks; and what stands of it in Slack."""
    op.create_table(
        "calendar",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "at", name=op.f("pk_calendar")),
    )
    op.create_table(
        "calendar_slots",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("extra", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_calendar_slots")),
    )


def downgrade() -> None:
    op.drop_table("calendar_slots")
    op.drop_table("calendar")
    op.drop_table("shift_answers")
    op.drop_table("shift_changes")
