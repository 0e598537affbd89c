"""The words and rules of ingestion: pure, standard library only, no input or output."""
