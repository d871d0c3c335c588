"""first tables

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_at", ["at"], unique=False)

    op.create_table(
        "product",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("field_versions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("sku", name=op.f("uq_product_sku")),
    )
    stage = op.create_table(
        "stage",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("probability_percent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stage")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["team.id"], name=op.f("fk_team_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("code", name=op.f("uq_team_code")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("quota_carrying", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("code", name=op.f("uq_user_account_code")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("customer_class", sa.String(length=1), nullable=False),
        sa.Column("sector", sa.String(length=80), nullable=False),
        sa.Column("contact_name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("radius_m", sa.Integer(), nullable=True),
        sa.Column("location_version", sa.Integer(), nullable=False),
        sa.Column("is_prospect", sa.Boolean(), nullable=False),
        sa.Column("owner_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("custom_fields", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("field_versions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_customer_owner_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_customer_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("code", name=op.f("uq_customer_code")),
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_customer_latitude_longitude", ["latitude", "longitude"], unique=False
        )
        batch_op.create_index("ix_customer_name", ["name"], unique=False)
        batch_op.create_index("ix_customer_owner_id", ["owner_id"], unique=False)

    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("app_version", sa.String(length=20), nullable=False),
        sa.Column("mac_key", sa.LargeBinary(), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("access_hash", sa.LargeBinary(), nullable=False),
        sa.Column("access_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_refresh_hash", sa.LargeBinary(), nullable=True),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_device_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_access_hash"), ["access_hash"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_device_previous_refresh_hash"), ["previous_refresh_hash"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_device_refresh_hash"), ["refresh_hash"], unique=False)
        batch_op.create_index("ix_device_user_id", ["user_id"], unique=False)

    op.create_table(
        "enrolment_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("created_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_enrolment_code_user_id")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_enrolment_code")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("mapping", sa.String(length=80), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user_account.id"], name=op.f("fk_import_run_asked_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.create_index("ix_import_run_state", ["state"], unique=False)

    op.create_table(
        "team_lead",
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_lead_team_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_team_lead_user_id")
        ),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_team_lead")),
    )
    op.create_table(
        "team_membership",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_membership_team_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_team_membership_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "start_on", name=op.f("pk_team_membership")),
    )
    with op.batch_alter_table("team_membership", schema=None) as batch_op:
        batch_op.create_index("ix_team_membership_team", ["team_id", "start_on"], unique=False)

    op.create_table(
        "track_chunk",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fixes", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_track_chunk_rep_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track_chunk")),
    )
    with op.batch_alter_table("track_chunk", schema=None) as batch_op:
        batch_op.create_index("ix_track_chunk_rep_id_day", ["rep_id", "day"], unique=False)

    op.create_table(
        "tracking_consent",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_version", sa.String(length=20), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_tracking_consent_rep_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking_consent")),
    )
    with op.batch_alter_table("tracking_consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tracking_consent_rep_id"), ["rep_id"], unique=False)

    op.create_table(
        "work_day",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["rep_id"], ["user_account.id"], name=op.f("fk_work_day_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_day")),
    )
    with op.batch_alter_table("work_day", schema=None) as batch_op:
        batch_op.create_index("ix_work_day_rep_id_day", ["rep_id", "day"], unique=False)

    op.create_table(
        "customer_assignment",
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_assignment_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_customer_assignment_rep_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", "start_on", name=op.f("pk_customer_assignment")),
    )
    with op.batch_alter_table("customer_assignment", schema=None) as batch_op:
        batch_op.create_index("ix_customer_assignment_rep", ["rep_id", "start_on"], unique=False)

    op.create_table(
        "import_problem",
        sa.Column("run_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=120), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(length=120), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_import_problem_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_import_problem")),
    )
    op.create_table(
        "journey_stop",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("field_versions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_journey_stop_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_journey_stop_rep_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journey_stop")),
    )
    with op.batch_alter_table("journey_stop", schema=None) as batch_op:
        batch_op.create_index("ix_journey_stop_day", ["day"], unique=False)
        batch_op.create_index("ix_journey_stop_rep_id_day", ["rep_id", "day"], unique=False)

    op.create_table(
        "location_proposal",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_location_proposal_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_location_proposal_rep_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_proposal")),
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("stop_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_clock_s", sa.Integer(), nullable=True),
        sa.Column("ended_clock_s", sa.Integer(), nullable=True),
        sa.Column("duration_s", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("verdict_reason", sa.String(length=30), nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=True),
        sa.Column("time_trust", sa.String(length=10), nullable=True),
        sa.Column("auto_closed", sa.Boolean(), nullable=False),
        sa.Column("no_sale_reason", sa.String(length=30), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("form_answers", sa.JSON(), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("field_versions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_visit_customer_id")
        ),
        sa.ForeignKeyConstraint(["rep_id"], ["user_account.id"], name=op.f("fk_visit_rep_id")),
        sa.ForeignKeyConstraint(["stop_id"], ["journey_stop.id"], name=op.f("fk_visit_stop_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_visit_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index("ix_visit_customer_id_day", ["customer_id", "day"], unique=False)
        batch_op.create_index("ix_visit_day", ["day"], unique=False)
        batch_op.create_index("ix_visit_rep_id_day", ["rep_id", "day"], unique=False)
        batch_op.create_index("ix_visit_team_id_day", ["team_id", "day"], unique=False)

    op.create_table(
        "check_in",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("fix_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fix_age_s", sa.Double(), nullable=True),
        sa.Column("is_mock", sa.Boolean(), nullable=False),
        sa.Column("speed_mps", sa.Double(), nullable=True),
        sa.Column("altitude_m", sa.Double(), nullable=True),
        sa.Column("sample_count", sa.Integer(), nullable=False),
        sa.Column("fence_latitude", sa.Double(), nullable=True),
        sa.Column("fence_longitude", sa.Double(), nullable=True),
        sa.Column("fence_radius_m", sa.Integer(), nullable=True),
        sa.Column("location_version", sa.Integer(), nullable=False),
        sa.Column("wall_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("elapsed_ms", sa.BigInteger(), nullable=True),
        sa.Column("anchor_id", sa.String(length=64), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_trust", sa.String(length=10), nullable=False),
        sa.Column("time_flags", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("verdict_reason", sa.String(length=30), nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=True),
        sa.Column("probability_inside", sa.Double(), nullable=True),
        sa.Column("phone_verdict", sa.String(length=10), nullable=True),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("app_version", sa.String(length=20), nullable=False),
        sa.Column("battery_percent", sa.Integer(), nullable=True),
        sa.Column("was_offline", sa.Boolean(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("visit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_check_in_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_check_in_visit_id")),
    )
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.create_index("ix_check_in_rep_id_day", ["rep_id", "day"], unique=False)

    op.create_table(
        "check_out",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("fix_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fix_age_s", sa.Double(), nullable=True),
        sa.Column("is_mock", sa.Boolean(), nullable=False),
        sa.Column("speed_mps", sa.Double(), nullable=True),
        sa.Column("altitude_m", sa.Double(), nullable=True),
        sa.Column("sample_count", sa.Integer(), nullable=False),
        sa.Column("fence_latitude", sa.Double(), nullable=True),
        sa.Column("fence_longitude", sa.Double(), nullable=True),
        sa.Column("fence_radius_m", sa.Integer(), nullable=True),
        sa.Column("location_version", sa.Integer(), nullable=False),
        sa.Column("wall_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("elapsed_ms", sa.BigInteger(), nullable=True),
        sa.Column("anchor_id", sa.String(length=64), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_trust", sa.String(length=10), nullable=False),
        sa.Column("time_flags", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("verdict_reason", sa.String(length=30), nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=True),
        sa.Column("probability_inside", sa.Double(), nullable=True),
        sa.Column("phone_verdict", sa.String(length=10), nullable=True),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("app_version", sa.String(length=20), nullable=False),
        sa.Column("battery_percent", sa.Integer(), nullable=True),
        sa.Column("was_offline", sa.Boolean(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("visit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_check_out_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_out")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_check_out_visit_id")),
    )
    with op.batch_alter_table("check_out", schema=None) as batch_op:
        batch_op.create_index("ix_check_out_rep_id_day", ["rep_id", "day"], unique=False)

    op.create_table(
        "deal",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("customer_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("visit_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("owner_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("stage_key", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("base_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("expected_close_on", sa.Date(), nullable=True),
        sa.Column("lost_reason", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("type_by_hand", sa.String(length=12), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead_day", sa.Date(), nullable=True),
        sa.Column("lead_rep_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("opportunity_day", sa.Date(), nullable=True),
        sa.Column("opportunity_rep_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("closed_day", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_rep_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("field_versions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["closed_rep_id"], ["user_account.id"], name=op.f("fk_deal_closed_rep_id")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_deal_customer_id")),
        sa.ForeignKeyConstraint(
            ["lead_rep_id"], ["user_account.id"], name=op.f("fk_deal_lead_rep_id")
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_rep_id"], ["user_account.id"], name=op.f("fk_deal_opportunity_rep_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_deal_owner_id")),
        sa.ForeignKeyConstraint(["stage_key"], ["stage.key"], name=op.f("fk_deal_stage_key")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_deal_team_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_deal_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal")),
        sa.UniqueConstraint("code", name=op.f("uq_deal_code")),
    )
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deal_closed_rep_id_closed_day", ["closed_rep_id", "closed_day"], unique=False
        )
        batch_op.create_index(
            "ix_deal_customer_id_closed_day", ["customer_id", "closed_day"], unique=False
        )
        batch_op.create_index(
            "ix_deal_lead_rep_id_lead_day", ["lead_rep_id", "lead_day"], unique=False
        )
        batch_op.create_index(
            "ix_deal_opportunity_rep_id_day",
            ["opportunity_rep_id", "opportunity_day"],
            unique=False,
        )
        batch_op.create_index("ix_deal_owner_id", ["owner_id"], unique=False)
        batch_op.create_index("ix_deal_visit_id", ["visit_id"], unique=False)

    op.create_table(
        "deal_line",
        sa.Column("deal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_deal_line_deal_id")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_deal_line_product_id")
        ),
        sa.PrimaryKeyConstraint("deal_id", "position", name=op.f("pk_deal_line")),
    )
    with op.batch_alter_table("deal_line", schema=None) as batch_op:
        batch_op.create_index("ix_deal_line_product_id", ["product_id"], unique=False)

    op.create_table(
        "stage_change",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("deal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("from_stage", sa.String(length=40), nullable=True),
        sa.Column("to_stage", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rep_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_stage_change_deal_id")),
        sa.ForeignKeyConstraint(
            ["rep_id"], ["user_account.id"], name=op.f("fk_stage_change_rep_id")
        ),
        sa.ForeignKeyConstraint(["to_stage"], ["stage.key"], name=op.f("fk_stage_change_to_stage")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_change")),
    )
    with op.batch_alter_table("stage_change", schema=None) as batch_op:
        batch_op.create_index("ix_stage_change_deal_id_at", ["deal_id", "at"], unique=False)
        batch_op.create_index("ix_stage_change_rep_id_day", ["rep_id", "day"], unique=False)

    op.bulk_insert(
        stage,
        [
            {
                "key": "lead",
                "name": "Lead",
                "kind": "lead",
                "position": 1,
                "probability_percent": 5,
            },
            {
                "key": "opportunity",
                "name": "Opportunity",
                "kind": "open",
                "position": 2,
                "probability_percent": 20,
            },
            {
                "key": "proposal",
                "name": "Proposal",
                "kind": "open",
                "position": 3,
                "probability_percent": 40,
            },
            {
                "key": "negotiation",
                "name": "Negotiation",
                "kind": "open",
                "position": 4,
                "probability_percent": 70,
            },
            {"key": "won", "name": "Won", "kind": "won", "position": 5, "probability_percent": 100},
            {
                "key": "lost",
                "name": "Lost",
                "kind": "lost",
                "position": 6,
                "probability_percent": 0,
            },
            {
                "key": "disqualified",
                "name": "Disqualified",
                "kind": "disqualified",
                "position": 7,
                "probability_percent": 0,
            },
        ],
    )


def downgrade() -> None:
    with op.batch_alter_table("stage_change", schema=None) as batch_op:
        batch_op.drop_index("ix_stage_change_rep_id_day")
        batch_op.drop_index("ix_stage_change_deal_id_at")

    op.drop_table("stage_change")
    with op.batch_alter_table("deal_line", schema=None) as batch_op:
        batch_op.drop_index("ix_deal_line_product_id")

    op.drop_table("deal_line")
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.drop_index("ix_deal_visit_id")
        batch_op.drop_index("ix_deal_owner_id")
        batch_op.drop_index("ix_deal_opportunity_rep_id_day")
        batch_op.drop_index("ix_deal_lead_rep_id_lead_day")
        batch_op.drop_index("ix_deal_customer_id_closed_day")
        batch_op.drop_index("ix_deal_closed_rep_id_closed_day")

    op.drop_table("deal")
    with op.batch_alter_table("check_out", schema=None) as batch_op:
        batch_op.drop_index("ix_check_out_rep_id_day")

    op.drop_table("check_out")
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.drop_index("ix_check_in_rep_id_day")

    op.drop_table("check_in")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index("ix_visit_team_id_day")
        batch_op.drop_index("ix_visit_rep_id_day")
        batch_op.drop_index("ix_visit_day")
        batch_op.drop_index("ix_visit_customer_id_day")

    op.drop_table("visit")
    op.drop_table("location_proposal")
    with op.batch_alter_table("journey_stop", schema=None) as batch_op:
        batch_op.drop_index("ix_journey_stop_rep_id_day")
        batch_op.drop_index("ix_journey_stop_day")

    op.drop_table("journey_stop")
    op.drop_table("import_problem")
    with op.batch_alter_table("customer_assignment", schema=None) as batch_op:
        batch_op.drop_index("ix_customer_assignment_rep")

    op.drop_table("customer_assignment")
    with op.batch_alter_table("work_day", schema=None) as batch_op:
        batch_op.drop_index("ix_work_day_rep_id_day")

    op.drop_table("work_day")
    with op.batch_alter_table("tracking_consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tracking_consent_rep_id"))

    op.drop_table("tracking_consent")
    with op.batch_alter_table("track_chunk", schema=None) as batch_op:
        batch_op.drop_index("ix_track_chunk_rep_id_day")

    op.drop_table("track_chunk")
    with op.batch_alter_table("team_membership", schema=None) as batch_op:
        batch_op.drop_index("ix_team_membership_team")

    op.drop_table("team_membership")
    op.drop_table("team_lead")
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.drop_index("ix_import_run_state")

    op.drop_table("import_run")
    op.drop_table("enrolment_code")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index("ix_device_user_id")
        batch_op.drop_index(batch_op.f("ix_device_refresh_hash"))
        batch_op.drop_index(batch_op.f("ix_device_previous_refresh_hash"))
        batch_op.drop_index(batch_op.f("ix_device_access_hash"))

    op.drop_table("device")
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index("ix_customer_owner_id")
        batch_op.drop_index("ix_customer_name")
        batch_op.drop_index("ix_customer_latitude_longitude")

    op.drop_table("customer")
    op.drop_table("user_account")
    op.drop_table("team")
    op.drop_table("stage")
    op.drop_table("product")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_at")

    op.drop_table("audit_entry")
