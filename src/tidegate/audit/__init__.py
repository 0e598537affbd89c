"""The audit log: what people and tokens did, or were refused."""
