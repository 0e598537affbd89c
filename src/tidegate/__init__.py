"""Tidegate: a document ingestion pipeline and the console that makes it trusted."""

__version__ = "0.1.0"
