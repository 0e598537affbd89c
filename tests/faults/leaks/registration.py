"""What TIDEGATE_PIPELINES names for the real workers of the leak test."""

from tests.faults.leaks.ways import NAME, STEPS
from tidegate.pipeline.registry import pipeline

leaky = pipeline(NAME, steps=STEPS, summary="Fails, with secrets.")
