-- Failures that pipelines declare for themselves: their codes are `<pipeline>.<name>`, and no pipeline fails by another's.
ALTER TABLE job
    ADD CONSTRAINT failure_code_has_the_form CHECK (failure_code ~ '^[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?$'),
    ADD CONSTRAINT own_failure_is_its_pipelines CHECK (strpos(failure_code, '.') = 0 OR split_part(failure_code, '.', 1) = pipeline);
ALTER TABLE attempt
    ADD CONSTRAINT attempt_failure_has_the_form CHECK (failure_code ~ '^[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?$');
