"""The queue engine: carries tickets from the ledger to workers. Disposable: the ledger is the truth."""
