-- Where pipelines make tables for themselves: the application may create there and nowhere else, and nothing of ours is in it.
CREATE SCHEMA pipelines;
GRANT USAGE, CREATE ON SCHEMA pipelines TO tidegate_app;
