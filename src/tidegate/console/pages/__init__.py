"""The pages, one module for each concern. Every one reads or performs an operation and renders a template."""
