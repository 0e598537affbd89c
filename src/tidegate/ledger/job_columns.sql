-- What a row of a list shows, in the order of `views.JobSummary`'s table.
       id, batch_id, pipeline, name, source_kind, submitted_by, submitter_name, created_at, state, version, attempt_no,
       automatic_used, queued_at, run_after, started_at, ended_at, worker_id, step_no, step_total, step_name,
       progress_done, progress_total, progress_unit, progress_at, failure_code, failure_params, diagnostic_ref,
       outcome, document_id, audit_event_id, attention, acknowledged_at, acknowledged_by, acknowledged_reason,
       external_namespace, external_namespace IS NULL OR rerunnable(external_namespace) AS rerunnable
