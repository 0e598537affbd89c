"""The console: server-rendered pages over the operations, live where a script runs and whole where none does."""
