-- People who sign in at an identity provider. The key is what the provider never gives to another: (issuer, subject).
CREATE TABLE person_identity (
    issuer         text NOT NULL,
    subject        text NOT NULL,
    person_id      uuid NOT NULL REFERENCES person,
    linked_at      timestamptz NOT NULL DEFAULT now(),
    audit_event_id uuid NOT NULL REFERENCES audit_event,
    PRIMARY KEY (issuer, subject),
    CONSTRAINT person_identity_subject_form CHECK (subject ~ '^[ -~]{1,255}$')
);
CREATE INDEX person_identity_by_person ON person_identity (person_id);

-- Who is at the provider now. The secret, from which state, nonce and PKCE verifier come, is in the browser's cookie only.
CREATE TABLE pending_sign_in (
    secret_hash bytea PRIMARY KEY,
    return_to   text NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX pending_sign_in_by_age ON pending_sign_in (expires_at);

GRANT SELECT, INSERT, UPDATE (person_id, audit_event_id) ON person_identity TO tidegate_app;
GRANT SELECT, INSERT, DELETE ON pending_sign_in TO tidegate_app;
