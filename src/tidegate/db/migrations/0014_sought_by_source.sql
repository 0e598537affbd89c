-- What a list may be narrowed to, and no index led to: each read all jobs, or all that ever failed, for the rows of one page.

CREATE INDEX job_by_source ON job (source_kind, id DESC);
CREATE INDEX job_by_time_of_failure ON job (ended_at DESC) WHERE state = 'failed';
