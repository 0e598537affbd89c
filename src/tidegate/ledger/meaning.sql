-- Vectors of passages: made by workers a piece at a time, found by distance.

-- name: is_there
SELECT to_regclass('chunk_meaning') IS NOT NULL AS found

-- name: has_any
SELECT EXISTS (SELECT FROM chunk_meaning) AS found

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

-- name: fused
-- Reciprocal rank fusion: a passage has 1 / (60 + place) from each list that it is on. Scaled, so that 1 is first on both.
-- Each inner query is the form that its index serves. Of equals, the one that has the words comes first.
WITH by_words AS (
    SELECT document_id, ordinal, q, row_number() OVER (ORDER BY likeness DESC, document_id, ordinal) AS place
    FROM (
        SELECT chunk.document_id, chunk.ordinal, q, ts_rank_cd(chunk.words, q) AS likeness
        FROM websearch_to_tsquery('simple', %(text)s) AS q, chunk
        WHERE chunk.words @@ q
        ORDER BY likeness DESC, chunk.document_id, chunk.ordinal
        LIMIT %(depth)s
    ) AS worded
), by_meaning AS (
    SELECT document_id, ordinal, row_number() OVER (ORDER BY distance, document_id, ordinal) AS place
    FROM (
        SELECT document_id, ordinal, meaning <=> %(meaning)s::vector AS distance
        FROM chunk_meaning
        ORDER BY meaning <=> %(meaning)s::vector
        LIMIT %(depth)s
    ) AS near
    WHERE distance IS NOT NULL
), best AS (
    SELECT document_id, ordinal, q, w.place,
           30.5 * (coalesce(1.0 / (60 + w.place), 0) + coalesce(1.0 / (60 + m.place), 0))::float8 AS rank
    FROM by_words AS w FULL JOIN by_meaning AS m USING (document_id, ordinal)
    ORDER BY rank DESC, w.place, document_id, ordinal
    LIMIT %(limit)s
)
SELECT d.id AS document_id, d.job_id, d.name, d.title, d.media_type, c.page_from, c.page_to,
       CASE WHEN best.place IS NULL THEN left(c.body, 300)
            ELSE ts_headline('simple', c.body, best.q, E'StartSel=\x02, StopSel=\x03, MaxWords=40, MinWords=20, MaxFragments=1')
       END AS snippet,
       best.rank
FROM best JOIN chunk AS c ON c.document_id = best.document_id AND c.ordinal = best.ordinal JOIN document AS d ON d.id = c.document_id
ORDER BY best.rank DESC, best.place, d.id, c.ordinal
