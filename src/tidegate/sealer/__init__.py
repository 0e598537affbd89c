"""The sealer: the process role that signs the audit log as it grows."""
