"""What can go wrong with the bundled PostgreSQL."""


class EmbeddedDatabaseError(Exception):
    """The bundled PostgreSQL cannot be used here. The message is for the person at the shell: what is wrong and what to do."""
