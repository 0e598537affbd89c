"""How one item becomes a searchable document: named steps, each a checkpoint, untrusted bytes kept in a cage."""
