"""What pages show, worked out as plain values, so that templates only place it."""
