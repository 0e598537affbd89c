"""Runs of other systems (Airflow, dbt, Spark, Celery): they are told of by events, seen as jobs, and asked to run again."""
