"""What the database itself refuses: CHECKs, unique keys, triggers, and what the application's role was never given."""

from faults.guards.guard import Guard

FOLDER = "src/tidegate/db/migrations"
LEDGER, APPLICATION, SEAL = (f"{FOLDER}/{name}.sql" for name in ("0001_ledger", "0003_application_role", "0004_audit_seal"))
IDENTITY, ATTENTION, PULSE, BULK = (
    f"{FOLDER}/{name}.sql" for name in ("0005_identity", "0006_attention", "0007_pulse", "0008_bulk_retry")
)
CHANNELS = f"{FOLDER}/0013_channels.sql"
SOURCES = f"{FOLDER}/0022_sources.sql"
HOST_KEYS = f"{FOLDER}/0026_host_keys.sql"
TRACES = f"{FOLDER}/0020_trace_context.sql"
EXTERNAL = f"{FOLDER}/0012_external_runs.sql"
OWN = f"{FOLDER}/0023_own_failures.sql"

REFUSED = ("tests/storage/test_guards.py",)
CHECKS = ("tests/storage/test_checks.py",)
SEALED = ("tests/storage/test_seal.py",)
ACTS = ("tests/operations/sources/test_acts.py",)
PROOFS = ("tests/storage/test_seal_proofs.py",)
SAID = ("tests/operations/test_acknowledging.py",)

CHECKED = {
    LEDGER: (
        "audit_outcome_known", "person_login_form", "queued_has_not_begun", "running_has_a_worker", "ended_has_an_end",
        "failed_has_a_code", "succeeded_has_outcome", "succeeded_is_clean", "counts_are_counts", "a_person_leaves_an_event",
        "first_is_submitted", "later_retries_one", "attempt_ended_has_an_end", "attempt_failed_has_code", "step_ended_has_an_end",
    ),
    SEAL: ("leaf_hash_is_sha256", "leaf_index_counts", "node_hash_is_sha256", "node_is_above", "checkpoint_counts"),
    IDENTITY: ("person_identity_subject_form",),
    ATTENTION: ("acknowledged_is_failed", "acknowledged_is_whole", "failure_count_known"),
    PULSE: ("pulse_is_of_what_begins_or_ends",),
    EXTERNAL: ("external_has_a_namespace", "call_needs_a_secret", "delivery_known"),
    BULK: ("bulk_mode_known", "bulk_adds_up", "bulk_finished_is_done", "why_when_not_retried", "retried_has_an_event"),
    CHANNELS: (
        "channel_kind_known", "channel_tells", "channel_quiet_whole", "channel_secret_is_a_reference",
        "channel_window_is_one", "delivery_event_known", "delivery_outcome_known", "delivery_done_has_outcome",
        "delivery_is_of_some", "telling_is_one_row",
    ),
    TRACES: ("traceparent_has_the_form",),
    OWN: ("failure_code_has_the_form", "own_failure_is_its_pipelines", "attempt_failure_has_the_form"),
    SOURCES: (
        "source_credential_is_a_reference", "source_interval_is_one", "source_due_has_an_interval", "scan_adds_up",
        "scan_ended_is_free", "scan_code_at_its_end", "scan_submitted_has_a_batch", "version_key_is_sha256",
    ),
    HOST_KEYS: ("source_of_sftp_has_a_host_key",),
}  # fmt: skip
"""The named CHECKs of each migration: each is made true of everything."""

PADDING = {
    "queued_has_not_begun": 2, "running_has_a_worker": 2, "ended_has_an_end": 6, "failed_has_a_code": 5, "succeeded_is_clean": 4,
    "counts_are_counts": 5, "first_is_submitted": 7, "later_retries_one": 8, "attempt_failed_has_code": 2, "leaf_index_counts": 3,
    "node_is_above": 7, "acknowledged_is_whole": 2, "channel_kind_known": 2, "channel_tells": 7, "delivery_event_known": 3,
    "delivery_is_of_some": 4,
}  # fmt: skip
"""Blanks between a name and its CHECK where a migration aligns them."""


def _unchecked(file: str, name: str) -> Guard:
    said = f"CONSTRAINT {name}{' ' * PADDING.get(name, 1)}CHECK ("
    return Guard(file, "", said, f"{said}true OR ", CHECKS)


AUTOMATIC = "IF this.origin IN ('automatic', 'worker_lost') AND EXISTS ("

GUARDS = (
    *(_unchecked(file, name) for file, names in CHECKED.items() for name in names),
    Guard(LEDGER, "", "CREATE UNIQUE INDEX person_login ON", "CREATE INDEX person_login ON", CHECKS),
    Guard(LEDGER, "", "CREATE UNIQUE INDEX role_grant_current ON", "CREATE INDEX role_grant_current ON", CHECKS),
    Guard(SOURCES, "", "CREATE UNIQUE INDEX source_name ON", "CREATE INDEX source_name ON", CHECKS),
    Guard(SOURCES, "", "CREATE CONSTRAINT TRIGGER source_made_is_audited AFTER INSERT ON source DEFERRABLE INITIALLY DEFERRED\n"
          "    FOR EACH ROW EXECUTE FUNCTION require_source_audit();\n", "", ACTS),
    Guard(SOURCES, "", "(to_jsonb(OLD.*) - 'next_at') IS DISTINCT FROM (to_jsonb(NEW.*) - 'next_at')", "false", ACTS),
    Guard(LEDGER, "", "    UNIQUE (job_id, retry_of),\n", "", CHECKS),
    Guard(LEDGER, "", ",\n    UNIQUE (pipeline, sha256)", ",\n    EXCLUDE USING gist ((1) WITH =) WHERE (false)", CHECKS,
          needless="the insertion's ON CONFLICT names it: without it no document is stored at all"),
    Guard(LEDGER, "", "CREATE TRIGGER job_guard_transition BEFORE UPDATE ON job FOR EACH ROW\n"
          "    WHEN (OLD.state IS DISTINCT FROM NEW.state)",
          "CREATE TRIGGER job_guard_transition BEFORE UPDATE ON job FOR EACH ROW\n    WHEN (false)", REFUSED),
    Guard(LEDGER, "", "    IF (OLD.state, NEW.state) NOT IN (\n", "    IF false AND (OLD.state, NEW.state) NOT IN (\n", REFUSED),
    Guard(LEDGER, "", "    NEW.version := OLD.version + 1;\n", "", ("tests/operations/test_lifecycle_model.py",)),
    Guard(LEDGER, "", "id = event AND xid = pg_current_xact_id() AND outcome", "id = event AND outcome", REFUSED),
    Guard(LEDGER, "", " AND outcome = 'allowed' AND target_id = target)", " AND target_id = target)", REFUSED),
    Guard(LEDGER, "", " AND target_id = target)", ")", REFUSED),
    Guard(LEDGER, "", "        IF NOT audited_here(NEW.audit_event_id, NEW.batch_id) THEN", "        IF false THEN", REFUSED),
    Guard(LEDGER, "", "    IF NOT audited_here(NEW.audit_event_id, NEW.id) THEN", "    IF false THEN", REFUSED),
    Guard(LEDGER, "", AUTOMATIC, AUTOMATIC.replace("this.origin IN ('automatic', 'worker_lost') AND ", ""), CHECKS),
    Guard(LEDGER, "", " AND attempt_no = this.retry_of AND ended_at = now()", " AND attempt_no = this.retry_of", REFUSED),
    Guard(LEDGER, "", "CREATE CONSTRAINT TRIGGER job_submission_audited AFTER INSERT ON job DEFERRABLE INITIALLY DEFERRED\n"
          "    FOR EACH ROW EXECUTE FUNCTION require_audit();\n", "", REFUSED),
    Guard(LEDGER, "", "(NEW.state = 'cancelled' OR OLD.state = 'failed')", "OLD.state = 'failed'", REFUSED),
    Guard(LEDGER, "", "(NEW.state = 'cancelled' OR OLD.state = 'failed')", "NEW.state = 'cancelled'", REFUSED),
    Guard(LEDGER, "", "CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE",
          "CREATE TRIGGER audit_event_append_only BEFORE TRUNCATE", REFUSED),
    Guard(LEDGER, "", "CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE",
          "CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE", REFUSED),
    Guard(APPLICATION, "", "REVOKE UPDATE, DELETE, TRUNCATE ON audit_event FROM tidegate_app;\n", "", REFUSED),
    Guard(APPLICATION, "", "REVOKE UPDATE, DELETE, TRUNCATE ON job_event, role_grant FROM tidegate_app;\n", "", REFUSED),
    Guard(APPLICATION, "", "ON job_event, role_grant FROM", "ON job_event FROM", CHECKS),
    Guard(APPLICATION, "", "GRANT UPDATE (revoked_at) ON role_grant", "GRANT UPDATE ON role_grant", CHECKS),
    Guard(APPLICATION, "", "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON schema_migration FROM tidegate_app;\n", "", REFUSED),
    Guard(APPLICATION, "", "REVOKE ALL ON FUNCTION ensure_partitions(timestamptz, timestamptz) FROM PUBLIC;\n", "", CHECKS),
    Guard(SEAL, "", "REVOKE INSERT ON audit_event FROM tidegate_app;\n", "", SEALED),
    Guard(SEAL, "", "GRANT INSERT (id, payload) ON audit_event", "GRANT INSERT ON audit_event", SEALED),
    Guard(SEAL, "", "GRANT SELECT (id, xid, recorded_at, payload) ON audit_event TO tidegate_sealer",
          "GRANT SELECT, INSERT ON audit_event TO tidegate_sealer", SEALED),
    Guard(SEAL, "", "GRANT SELECT, INSERT ON audit_leaf, audit_node, audit_checkpoint TO tidegate_sealer",
          "GRANT SELECT, INSERT, UPDATE, DELETE ON audit_leaf, audit_node, audit_checkpoint TO tidegate_sealer", CHECKS),
    Guard(SEAL, "", "GRANT SELECT ON audit_leaf, audit_node, audit_checkpoint TO tidegate_app",
          "GRANT SELECT, INSERT ON audit_leaf, audit_node, audit_checkpoint TO tidegate_app", SEALED),
    *(Guard(SEAL, "", f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}\n"
            "    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();\n", "", SEALED)
      for table in ("audit_leaf", "audit_node", "audit_checkpoint")),
    Guard(SEAL, "", "TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_event' AND ", "", CHECKS),
    Guard(SEAL, "", " AND current_setting('tidegate.expiring', true) = 'yes'", "", REFUSED),
    Guard(SEAL, "", " AND xid = pg_current_xact_id() AND action =", " AND action =", CHECKS),
    Guard(SEAL, "", " AND action = 'audit.expire' AND outcome", " AND outcome", CHECKS),
    Guard(SEAL, "", " AND outcome = 'allowed'\n", "\n", CHECKS),
    Guard(SEAL, "", "\n                     AND (body #>> '{after,last_index}')::bigint = last_index", "", CHECKS),
    Guard(SEAL, "", "    PERFORM set_config('tidegate.expiring', '', true);\n", "", CHECKS),
    Guard(SEAL, "", "      AND e.action <> 'audit.expire' AND e.body -> 'expired' IS NULL;", "      ;", CHECKS),
    Guard(SEAL, "", "REVOKE ALL ON FUNCTION expire_audit_payloads(bigint, bigint, uuid) FROM PUBLIC;\n", "", CHECKS),
    Guard(IDENTITY, "", "UPDATE (person_id, audit_event_id) ON person_identity", "UPDATE, DELETE ON person_identity", CHECKS),
    Guard(ATTENTION, "", "    IF NOT audited_here(NEW.audit_event_id, NEW.id) THEN", "    IF false THEN", SAID),
    Guard(ATTENTION, "", "OLD.acknowledged_at IS DISTINCT FROM NEW.acknowledged_at)", "NEW.acknowledged_at IS NULL)", SAID),
    Guard(BULK, "", "GRANT SELECT, INSERT, UPDATE ON bulk_retry,", "GRANT ALL ON bulk_retry,", CHECKS),
)  # fmt: skip
