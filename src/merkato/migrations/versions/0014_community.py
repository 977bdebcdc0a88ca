"""posts, votes, comments, tags and reports"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "community_tags",
        sa.Column("tag", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.CheckConstraint("posts >= 0", name=op.f("ck_community_tags_posts_not_negative")),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_community_tags")),
    )
    op.create_index(
        "ix_community_tags_posts",
        "community_tags",
        ["posts", "tag"],
        unique=False,
        postgresql_where=sa.text("posts > 0"),
    )
    op.create_table(
        "community_posts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.Column("tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_reason", sa.String(length=32), nullable=True),
        sa.Column("removed_note", sa.String(length=1000), nullable=True),
        sa.Column("document", postgresql.TSVECTOR(), nullable=False),
        sa.Column("plain", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("comments >= 0", name=op.f("ck_community_posts_comments_not_negative")),
        sa.CheckConstraint(
            "published_at IS NOT NULL OR NOT published", name=op.f("ck_community_posts_published_some_time")
        ),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_community_posts_rating_within")),
        sa.CheckConstraint(
            "shown = (published AND removed_at IS NULL)", name=op.f("ck_community_posts_shown_as_it_stands")
        ),
        sa.CheckConstraint("votes >= 0", name=op.f("ck_community_posts_votes_not_negative")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_accounts.id"], name=op.f("fk_community_posts_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_posts")),
    )
    op.create_index(op.f("ix_community_posts_account_id_id"), "community_posts", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_community_posts_document", "community_posts", ["document"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "ix_community_posts_newest",
        "community_posts",
        ["published_at", "id"],
        unique=False,
        postgresql_where=sa.text("shown"),
    )
    op.create_index(
        "ix_community_posts_tags",
        "community_posts",
        ["tags"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"tags": "jsonb_path_ops"},
    )
    op.create_index(
        "ix_community_posts_top",
        "community_posts",
        ["votes", "published_at", "id"],
        unique=False,
        postgresql_where=sa.text("shown"),
    )
    op.create_table(
        "community_comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("depth", sa.SmallInteger(), nullable=False),
        sa.Column("path", sa.String(length=256, collation="C"), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'shown') = (account_id IS NOT NULL)", name=op.f("ck_community_comments_author_while_shown")
        ),
        sa.CheckConstraint(
            "(status = 'shown') = (content IS NOT NULL)", name=op.f("ck_community_comments_text_while_shown")
        ),
        sa.CheckConstraint("depth BETWEEN 0 AND 7", name=op.f("ck_community_comments_depth_within")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_accounts.id"], name=op.f("fk_community_comments_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["community_comments.id"], name=op.f("fk_community_comments_parent_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["community_posts.id"], name=op.f("fk_community_comments_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_comments")),
    )
    op.create_index(op.f("ix_community_comments_account_id"), "community_comments", ["account_id"], unique=False)
    op.create_index(op.f("ix_community_comments_parent_id"), "community_comments", ["parent_id"], unique=False)
    op.create_index(op.f("ix_community_comments_post_id_path"), "community_comments", ["post_id", "path"], unique=True)
    op.create_table(
        "community_votes",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_accounts.id"], name=op.f("fk_community_votes_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["community_posts.id"], name=op.f("fk_community_votes_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "account_id", name=op.f("pk_community_votes")),
    )
    op.create_index(op.f("ix_community_votes_account_id"), "community_votes", ["account_id"], unique=False)
    op.create_table(
        "community_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_accounts.id"], name=op.f("fk_community_reports_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["community_comments.id"], name=op.f("fk_community_reports_comment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["community_posts.id"], name=op.f("fk_community_reports_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_reports")),
    )
    op.create_index(op.f("ix_community_reports_comment_id"), "community_reports", ["comment_id"], unique=False)
    op.create_index(op.f("ix_community_reports_post_id"), "community_reports", ["post_id"], unique=False)
    op.create_index(op.f("ix_community_reports_status_id"), "community_reports", ["status", "id"], unique=False)
    op.create_index(
        "uq_community_reports_comment",
        "community_reports",
        ["account_id", "comment_id"],
        unique=True,
        postgresql_where=sa.text("comment_id IS NOT NULL"),
    )
    op.create_index(
        "uq_community_reports_post",
        "community_reports",
        ["account_id", "post_id"],
        unique=True,
        postgresql_where=sa.text("comment_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_community_reports_post", table_name="community_reports", postgresql_where=sa.text("comment_id IS NULL")
    )
    op.drop_index(
        "uq_community_reports_comment",
        table_name="community_reports",
        postgresql_where=sa.text("comment_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_community_reports_status_id"), table_name="community_reports")
    op.drop_index(op.f("ix_community_reports_post_id"), table_name="community_reports")
    op.drop_index(op.f("ix_community_reports_comment_id"), table_name="community_reports")
    op.drop_table("community_reports")
    op.drop_index(op.f("ix_community_votes_account_id"), table_name="community_votes")
    op.drop_table("community_votes")
    op.drop_index(op.f("ix_community_comments_post_id_path"), table_name="community_comments")
    op.drop_index(op.f("ix_community_comments_parent_id"), table_name="community_comments")
    op.drop_index(op.f("ix_community_comments_account_id"), table_name="community_comments")
    op.drop_table("community_comments")
    op.drop_index("ix_community_posts_top", table_name="community_posts", postgresql_where=sa.text("shown"))
    op.drop_index(
        "ix_community_posts_tags",
        table_name="community_posts",
        postgresql_using="gin",
        postgresql_ops={"tags": "jsonb_path_ops"},
    )
    op.drop_index("ix_community_posts_newest", table_name="community_posts", postgresql_where=sa.text("shown"))
    op.drop_index("ix_community_posts_document", table_name="community_posts", postgresql_using="gin")
    op.drop_index(op.f("ix_community_posts_account_id_id"), table_name="community_posts")
    op.drop_table("community_posts")
    op.drop_index("ix_community_tags_posts", table_name="community_tags", postgresql_where=sa.text("posts > 0"))
    op.drop_table("community_tags")
