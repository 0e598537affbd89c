-- A server of SFTP is known by the key that it shows, `host_key`: the key's kind and the key in base64. There is no such source
-- without one, so none is ever signed in to that could be another.
ALTER TABLE source
    ADD COLUMN host_key text NOT NULL DEFAULT '',
    ADD CONSTRAINT source_of_sftp_has_a_host_key CHECK ((address LIKE 'sftp://%') = (host_key <> ''));
