"""PostgreSQL: connections, transactions, named SQL and migrations. Nothing here knows a business word."""
