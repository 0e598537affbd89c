"""Sources that are looked through on a schedule: what was decided about them, their scans, and what is known of their objects."""
