"""Search by meaning: workers give each passage a vector, and a question finds the passages nearest to its own.

It does so alone, or in one list with the passages that have its words.

Indexing does not wait for it. A new document is found by its words at once, and by meaning a few seconds later; documents
from before it was switched on get their vectors in the same way.
"""

import re

import structlog

from tidegate.db.connect import transaction
from tidegate.domain.refusals import Invalid
from tidegate.ledger import meaning, views
from tidegate.operations.door import Services
from tidegate.pipeline.meaning import Meaning

log = structlog.get_logger("tidegate.meaning")

PIECE = 200
"""Passages at a time: a tenth of a second or so, and a short transaction."""

EVERY_SECONDS = 2.0

EXACT = re.compile(r'"|(?:^|\s)-\S')
"""Quotes, or a word to leave out: who writes these means the words themselves, which a vector cannot promise."""


async def give_meaning(services: Services) -> int:
    """Give vectors to all passages that have none; return how many got one. Several workers may do so at once."""
    given = 0
    if services.meaning is None:
        return given
    while True:
        async with services.pool.connection() as connection:
            document_id = await meaning.waiting_document(connection) if await meaning.is_there(connection) else None
            if document_id is None:
                return given
            piece = await meaning.waiting_passages(connection, document_id, limit=PIECE)
        vectors = await services.meaning.of([one.body for one in piece]) if piece else []
        async with transaction(services.pool) as connection:
            await meaning.keep(connection, document_id, [one.ordinal for one in piece], vectors)
            if len(piece) < PIECE:
                await meaning.complete(connection, document_id)
        given += len(piece)


async def nearest(services: Services, text: str, *, limit: int) -> list[views.SearchHit]:
    """Return the passages nearest in meaning, for somebody whose right was checked. Raises Invalid where it cannot be done."""
    vector = await _vector(await _model(services), text)
    if vector is None:
        return []
    async with transaction(services.pool) as connection:
        return await meaning.nearest(connection, vector, limit=limit)


async def fused(services: Services, text: str, *, limit: int) -> list[views.SearchHit] | None:
    """Return the best by words and by meaning in one list, for somebody whose right was checked; None where only words can tell.

    Raises Invalid where search by meaning cannot be done.
    """
    model = await _model(services)
    vector = None if EXACT.search(text) else await _vector(model, text)
    if vector is None:
        return None
    async with transaction(services.pool) as connection:
        return await meaning.fused(connection, text, vector, limit=limit)


async def usual_mode(services: Services) -> views.SearchMode:
    """Return how is searched when nobody says: by both where passages have vectors, else by words."""
    if services.meaning is None:
        return views.SearchMode.WORDS
    async with services.pool.connection() as connection:
        ready = await meaning.is_there(connection) and await meaning.has_any(connection)
    return views.SearchMode.BOTH if ready else views.SearchMode.WORDS


async def _vector(model: Meaning, text: str) -> str | None:
    """Return what a question means, None where no word of it is known. Raises Invalid."""
    try:
        return (await model.of([text]))[0]
    except (ImportError, OSError) as error:
        log.warning("meaning_not_loaded", error=type(error).__name__)
        raise Invalid("meaning_not_possible", "The model that search by meaning needs cannot be loaded.") from error


async def _model(services: Services) -> Meaning:
    if services.meaning is None:
        raise Invalid("meaning_is_off", "Search by meaning is not switched on.")
    async with services.pool.connection() as connection:
        if not await meaning.is_there(connection):
            raise Invalid("meaning_not_possible", "The database lacks the extension pgvector, which search by meaning needs.")
    return services.meaning
