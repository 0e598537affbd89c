"""The diagrams of the documents, drawn as SVG: they need no script, and are light or dark as the reader is."""
