"""Telling people outside of the console: channels, the messages that wait for them, and how these are delivered."""
