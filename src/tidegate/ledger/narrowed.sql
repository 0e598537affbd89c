-- What a filter narrows jobs to: each line only when its part is given. The statement has `FROM job WHERE true` before it.
  AND state = %(state)s::job_state                                               --? state
  AND attention = %(attention)s::job_attention                                   --? attention
  AND pipeline = %(pipeline)s                                                    --? pipeline
  AND source_kind = %(source)s::source_kind                                      --? source
  AND batch_id = %(batch_id)s                                                    --? batch_id
  AND submitter_name = %(submitter)s                                             --? submitter
  AND failure_code = %(failure_code)s AND state = 'failed'                       --? failure_code
  AND coalesce(step_name, '') = %(step)s AND state = 'failed'                    --? step
  AND name ILIKE %(pattern)s                                                     --? pattern!
  AND id >= uuid_floor(%(since)s)                                                --? since
  AND id < uuid_floor(%(until)s)                                                 --? until
  AND ended_at >= %(failed_since)s AND state = 'failed'                          --? failed_since
  AND ended_at <= %(failed_until)s AND state = 'failed'                          --? failed_until
  AND id = ANY(%(ids)s)                                                          --? ids
