-- Where an attempt was asked for, as W3C Trace Context has it: its worker's spans join that trace. Ids and flags only.
ALTER TABLE attempt ADD COLUMN traceparent text
    CONSTRAINT traceparent_has_the_form CHECK (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$');
