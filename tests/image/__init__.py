"""The container image, run for real as `deploy/` says: `make image-test`."""
