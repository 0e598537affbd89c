"""Who may do what, and how an actor proves who they are."""
