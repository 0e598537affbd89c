-- Who came in by a one-time link has forgotten their password or has none yet: for a short while, and once, such a session
-- may choose a new one without the old one.
ALTER TABLE session ADD COLUMN by_link boolean NOT NULL DEFAULT false;
CREATE INDEX signin_link_unused ON signin_link (person_id) WHERE used_at IS NULL;
