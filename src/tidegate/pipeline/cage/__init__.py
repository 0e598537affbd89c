"""The cage: untrusted documents are read by killable child processes without network, secrets or room to grow."""
