-- Vectors of passages: made by workers a piece at a time, found by distance.

-- name: is_there
SELECT to_regclass('chunk_meaning') IS NOT NULL AS found

-- name: waiting_document
-- Several workers may take the same one: what the second writes is passed over.
SELECT id FROM document WHERE NOT has_meaning ORDER BY id LIMIT 1

-- name: waiting_passages
SELECT c.ordinal, c.body
FROM chunk AS c
WHERE c.document_id = %(document_id)s
  AND NOT EXISTS (SELECT FROM chunk_meaning AS m WHERE m.document_id = c.document_id AND m.ordinal = c.ordinal)
ORDER BY c.ordinal
LIMIT %(limit)s

-- name: insert_meanings
INSERT INTO chunk_meaning (document_id, ordinal, meaning)
SELECT %(document_id)s, ordinal, meaning::vector FROM unnest(%(ordinals)s::int[], %(meanings)s::text[]) AS m (ordinal, meaning)
ON CONFLICT DO NOTHING

-- name: complete
UPDATE document SET has_meaning = true WHERE id = %(document_id)s

-- name: look_far
-- The index looks at so many passages: at least as many as are asked for.
SELECT set_config('hnsw.ef_search', %(many)s::text, true)

-- name: nearest
-- The inner query is the form that the index serves: order by distance, limit.
SELECT d.id AS document_id, d.job_id, d.name, d.title, d.media_type, c.page_from, c.page_to, left(c.body, 300) AS snippet, near.rank
FROM (
    SELECT document_id, ordinal, 1 - (meaning <=> %(meaning)s::vector) AS rank
    FROM chunk_meaning
    ORDER BY meaning <=> %(meaning)s::vector
    LIMIT %(limit)s
) AS near JOIN chunk AS c ON c.document_id = near.document_id AND c.ordinal = near.ordinal JOIN document AS d ON d.id = c.document_id
WHERE near.rank IS NOT NULL
ORDER BY near.rank DESC, d.id, c.ordinal
