"""Sample documents of a harbour that does not exist, made by `tools/make_demo_documents.py`. Some cannot be read, on purpose."""

from pathlib import Path

DOCUMENTS = Path(__file__).parent / "documents"
"""The folder to ingest."""
