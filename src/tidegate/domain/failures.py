"""The catalogue of failures: every reason that a reader may ever see, fixed at build time.

A `Failure` is a code with typed parameters, never a free string, so nothing of a document, an address or
an exception can reach a page. What is not in the catalogue is `internal`, with a reference to a diagnostic.
Pipelines declare codes of their own beside it, each under the pipeline's name: see `own_failures`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tidegate.domain.sentences import Sentence


class FailureCode(StrEnum):
    """The closed set of codes."""

    SOURCE_UNREACHABLE = "source_unreachable"
    RATE_LIMITED = "rate_limited"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    OCR_FAILED = "ocr_failed"
    WORKER_LOST = "worker_lost"
    SOURCE_CHANGED = "source_changed"
    PARSE_TIMEOUT = "parse_timeout"
    OUT_OF_MEMORY = "out_of_memory"
    INTERNAL = "internal"
    SOURCE_AUTH_EXPIRED = "source_auth_expired"
    SOURCE_FORBIDDEN = "source_forbidden"
    SOURCE_NOT_FOUND = "source_not_found"
    SOURCE_BLOCKED_ADDRESS = "source_blocked_address"
    SOURCE_NOT_TRUSTED = "source_not_trusted"
    FILE_TOO_LARGE = "file_too_large"
    FILE_EXPANDS_TOO_MUCH = "file_expands_too_much"
    UNSUPPORTED_TYPE = "unsupported_type"
    TYPE_MISMATCH = "type_mismatch"
    DOCUMENT_ENCRYPTED = "document_encrypted"
    DOCUMENT_CORRUPT = "document_corrupt"
    DOCUMENT_EMPTY = "document_empty"
    SCHEMA_MISMATCH = "schema_mismatch"
    QUOTA_EXCEEDED = "quota_exceeded"
    MALWARE_DETECTED = "malware_detected"
    QUARANTINED = "quarantined"
    CANCELLED = "cancelled"
    EXTERNAL_FAILED = "external_failed"
    EXTERNAL_ABORTED = "external_aborted"
    EXTERNAL_LOST = "external_lost"
    EXTERNAL_UNREACHABLE = "external_unreachable"


Code = str
"""A code as it is kept and passed on: a `FailureCode`, or one that a pipeline has declared, such as `csv_rows.bad_number`."""

CODE_PATTERN = rf"^({'|'.join(FailureCode)}|[a-z][a-z0-9_]{{0,62}}\.[a-z][a-z0-9_]{{0,62}})$"
"""What a code may be that this process need not know: a pipeline's own may have been declared elsewhere, or formerly."""


class Fixer(StrEnum):
    """Who can do something about a failure."""

    NOBODY = "nobody: it passes by itself"
    SUBMITTER = "whoever provides the document"
    SOURCE_OWNER = "whoever runs the source"
    POWER_USER = "a power user"
    ADMIN = "an administrator"


class Kind(StrEnum):
    """The type of one parameter; `safe_value` refuses anything else."""

    BYTES = "bytes"
    SECONDS = "seconds"
    COUNT = "count"
    MEDIA_TYPE = "media_type"
    STATUS = "status"


MEDIA_TYPE_NAMES: Mapping[str, str] = {
    "application/pdf": "PDF",
    "application/zip": "ZIP archive",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel workbook",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint presentation",
    "application/msword": "Word document (97-2003)",
    "application/vnd.ms-excel": "Excel workbook (97-2003)",
    "application/vnd.ms-powerpoint": "PowerPoint presentation (97-2003)",
    "application/vnd.oasis.opendocument.text": "OpenDocument text",
    "application/vnd.oasis.opendocument.spreadsheet": "OpenDocument spreadsheet",
    "application/vnd.oasis.opendocument.presentation": "OpenDocument presentation",
    "application/rtf": "RTF document",
    "application/epub+zip": "EPUB book",
    "application/gzip": "gzip archive",
    "application/x-tar": "tar archive",
    "application/x-7z-compressed": "7-Zip archive",
    "application/json": "JSON",
    "application/xml": "XML",
    "application/x-ole-storage": "OLE container",
    "application/vnd.ms-outlook": "Outlook message",
    "application/octet-stream": "unknown binary data",
    "application/x-executable": "program",
    "message/rfc822": "e-mail message",
    "text/html": "HTML page",
    "text/plain": "plain text",
    "text/csv": "CSV table",
    "text/markdown": "Markdown",
    "image/png": "PNG image",
    "image/jpeg": "JPEG image",
    "image/tiff": "TIFF image",
    "image/gif": "GIF image",
    "image/bmp": "BMP image",
    "image/webp": "WebP image",
    "image/heic": "HEIC image",
    "image/svg+xml": "SVG image",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
    "audio/wav": "audio",
    "audio/x-other": "audio",
    "video/x-other": "video",
    "font/x-other": "font",
}
"""The media types that a message may name; any other is told as `application/octet-stream`."""

Value = int | str

ParamType = Kind | tuple[str, ...]
"""What a parameter may be: a value of a kind, or one of these words, fixed where the failure is declared."""


class Bytes(int):
    """A size, told in binary units."""

    def __str__(self) -> str:
        return show_bytes(self)


class Seconds(int):
    """A whole number of seconds."""

    def __str__(self) -> str:
        return f"{int(self):,} s"


class Status(int):
    """A status code of HTTP: a name of three digits, no amount."""

    def __str__(self) -> str:
        return repr(int(self))


class MediaType(str):
    """A media type that has a name, told by it."""

    __slots__ = ()

    def __str__(self) -> str:
        return MEDIA_TYPE_NAMES[self]


TYPES: Mapping[Kind, Callable[[Any], Value]] = {
    Kind.BYTES: Bytes,
    Kind.SECONDS: Seconds,
    Kind.COUNT: int,
    Kind.MEDIA_TYPE: MediaType,
    Kind.STATUS: Status,
}
"""What a parameter of a kind is as a value of a sentence: each type knows how it is told."""


@dataclass(frozen=True)
class Failure:
    """A code with its safe parameters. Raises ValueError when a parameter is not declared or not of its kind."""

    code: Code
    params: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.params:
            if not _is_declared(self.code, name, self.params[name]):
                raise ValueError(f"{self.code} is not declared, or takes no such parameter or value: {name}")

    @property
    def sentence(self) -> Sentence:
        """What happened, in one plain line, with the parameters in it where all are known."""
        if not is_known(self.code):
            return Sentence(UNKNOWN.detailed, {"code": str(self.code)})
        kinds = entry_of(self.code).params
        if not kinds or set(kinds) - set(self.params):
            return Sentence(entry_of(self.code).message)
        return Sentence(entry_of(self.code).detailed, {name: _typed(kind, self.params[name]) for name, kind in kinds.items()})

    @property
    def message(self) -> str:
        """The same in English."""
        return str(self.sentence)


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue.

    `automatic` is the number of retries made without a person, the first after `delay_seconds`, each later one
    after twice as long. `by_person` tells whether a person's plain retry is allowed at all; `from_start`,
    that it must fetch the document anew: what failed is the document itself, so resuming would meet the same bytes.
    """

    message: str
    cause: str
    remedy: str
    fixer: Fixer
    detailed: str = ""
    params: Mapping[str, ParamType] = field(default_factory=dict)
    automatic: int = 0
    delay_seconds: float = 0.0
    by_person: bool = True
    from_start: bool = False

    def backoff(self, retries_so_far: int) -> float | None:
        """Return the seconds until the next automatic retry, at most 15 min, or None when there is none left."""
        if retries_so_far >= self.automatic:
            return None
        return float(min(self.delay_seconds * 2**retries_so_far, 900.0))


def is_code(text: str) -> bool:
    """Tell whether a text can be a code: of the catalogue, or some pipeline's own."""
    return re.fullmatch(CODE_PATTERN, text) is not None


def is_known(code: Code) -> bool:
    """Tell whether this process has words for a code: it is of the catalogue, or of a pipeline that was loaded here."""
    return code in CATALOGUE or code in _own


def entry_of(code: Code) -> Entry:
    """Return what is known of a code; of one whose pipeline was not loaded here, that."""
    return CATALOGUE.get(code) or _own.get(code, UNKNOWN)


def known() -> Mapping[Code, Entry]:
    """Return the catalogue, then what pipelines have declared, by code."""
    return {**CATALOGUE, **dict(sorted(_own.items()))}


def no_person_may_retry() -> list[Code]:
    """Return the codes that no plain retry may follow."""
    return [str(code) for code, entry in known().items() if not entry.by_person]


def keep_own(code: Code, entry: Entry) -> None:
    """Take a checked entry into what is known; `own_failures` checks. Raises ValueError for a code that means something else."""
    if code in CATALOGUE or _own.setdefault(code, entry) != entry:
        raise ValueError(f"{code} is declared already, otherwise")


def recorded(code: Code, params: Mapping[str, Value] | None) -> Failure:
    """Return a failure as it was recorded, without the parameters that are not declared here: another version wrote it."""
    return Failure(code, {name: value for name, value in (params or {}).items() if _is_declared(code, name, value)})


def safe_media_type(name: str) -> str:
    """Return `name` when the catalogue may show it, else the family's or the general stand-in."""
    if name in MEDIA_TYPE_NAMES:
        return name
    family = f"{name.partition('/')[0]}/x-other"
    return family if family in MEDIA_TYPE_NAMES else "application/octet-stream"


def _is_declared(code: Code, name: str, value: Value) -> bool:
    kinds = entry_of(code).params
    return name in kinds and _is_of_kind(kinds[name], value)


def _typed(kind: ParamType, value: Value) -> Value:
    return TYPES[kind](value) if isinstance(kind, Kind) else str(value)


def _is_of_kind(kind: ParamType, value: Value) -> bool:
    if isinstance(kind, tuple):
        return isinstance(value, str) and value in kind
    if kind is Kind.MEDIA_TYPE:
        return isinstance(value, str) and value in MEDIA_TYPE_NAMES
    return type(value) is int and value >= 0


def show_bytes(size: int) -> str:
    """Return a size in binary units: 1536 → '1.5 KiB'."""
    scaled, unit = float(size), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if scaled < 1024 or unit == "TiB":
            break
        scaled /= 1024
    return f"{scaled:.1f} {unit}".replace(".0 ", " ")


_own: dict[Code, Entry] = {}

UNKNOWN = Entry(
    message="The pipeline failed for a reason of its own.",
    cause="The pipeline has failures of its own, and this server does not know that pipeline, or no longer.",
    remedy="Look the code up where the pipeline is described, or ask an administrator to make the pipeline known to this server.",
    fixer=Fixer.ADMIN,
    detailed="The pipeline failed for a reason of its own: {code}.",
)
"""What is said of a code that a pipeline declared which was not loaded here."""

CATALOGUE: Mapping[Code, Entry] = {
    FailureCode.SOURCE_UNREACHABLE: Entry(
        message="The source did not answer.",
        cause="The server or storage that holds the document could not be reached, or it broke off.",
        remedy="Nothing to do yet: it is tried again by itself. If it goes on, check that the source is up.",
        fixer=Fixer.SOURCE_OWNER,
        automatic=5,
        delay_seconds=10,
    ),
    FailureCode.RATE_LIMITED: Entry(
        message="The source asked us to slow down.",
        cause="The source limits how many documents may be fetched in a time.",
        remedy="Nothing to do: it is tried again later by itself. Submit fewer at once if it goes on.",
        fixer=Fixer.NOBODY,
        automatic=5,
        delay_seconds=30,
    ),
    FailureCode.PROVIDER_UNAVAILABLE: Entry(
        message="A service that this step needs is not available.",
        cause="An outside service answered with an error of its own.",
        remedy="Nothing to do yet: it is tried again by itself. If it goes on, ask whoever runs the service.",
        fixer=Fixer.SOURCE_OWNER,
        detailed="A service that this step needs answered with status {status}.",
        params={"status": Kind.STATUS},
        automatic=5,
        delay_seconds=10,
    ),
    FailureCode.STORAGE_UNAVAILABLE: Entry(
        message="The document store could not be used.",
        cause="The place where fetched documents are kept is full, missing or not answering.",
        remedy="Check the free space and the settings of the document store; it is tried again by itself.",
        fixer=Fixer.ADMIN,
        automatic=5,
        delay_seconds=10,
    ),
    FailureCode.OCR_FAILED: Entry(
        message="The text in the scan could not be recognised.",
        cause="The document is a picture of text, and reading it failed.",
        remedy="It is tried again twice. Then submit a sharper scan, or check the language data (`tidegate doctor`).",
        fixer=Fixer.ADMIN,
        automatic=2,
        delay_seconds=5,
    ),
    FailureCode.WORKER_LOST: Entry(
        message="The worker stopped in the middle of this attempt.",
        cause="The process that ran the attempt was killed, crashed or lost its connection.",
        remedy="Nothing to do: it starts again by itself, twice. Then check the workers and retry.",
        fixer=Fixer.POWER_USER,
        automatic=2,
        delay_seconds=0,
    ),
    FailureCode.SOURCE_CHANGED: Entry(
        message="The document changed while it was fetched.",
        cause="The source's content was written during the fetch, so two halves would not fit.",
        remedy="It is tried again once. Retry when the document is no longer being written.",
        fixer=Fixer.SUBMITTER,
        automatic=1,
        delay_seconds=10,
        from_start=True,
    ),
    FailureCode.PARSE_TIMEOUT: Entry(
        message="Reading the document took too long.",
        cause="The parser did not finish within its time limit, so it was stopped.",
        remedy="It is tried again once. Then split the document, or ask an administrator to raise the limit.",
        fixer=Fixer.ADMIN,
        detailed="Reading the document took longer than {limit}.",
        params={"limit": Kind.SECONDS},
        automatic=1,
        delay_seconds=5,
    ),
    FailureCode.OUT_OF_MEMORY: Entry(
        message="Reading the document needed too much memory.",
        cause="The parser went over its memory limit, so it was stopped.",
        remedy="It is tried again once. Then split the document, or ask an administrator to raise the limit.",
        fixer=Fixer.ADMIN,
        detailed="Reading the document needed more than {limit} of memory.",
        params={"limit": Kind.BYTES},
        automatic=1,
        delay_seconds=5,
    ),
    FailureCode.INTERNAL: Entry(
        message="Something went wrong inside Tidegate.",
        cause="An error that the catalogue does not know. The full detail is kept for administrators.",
        remedy="It is tried again once. Then give the reference to an administrator.",
        fixer=Fixer.ADMIN,
        automatic=1,
        delay_seconds=5,
    ),
    FailureCode.SOURCE_AUTH_EXPIRED: Entry(
        message="The source no longer accepts our credentials.",
        cause="The source asked for a sign-in, or refused the one that is configured.",
        remedy="Renew the credentials of the source, then retry.",
        fixer=Fixer.ADMIN,
    ),
    FailureCode.SOURCE_FORBIDDEN: Entry(
        message="The source does not let us read this document.",
        cause="The source refused access, or the file lies outside the folders that may be read.",
        remedy="Grant read access or move the document under an allowed folder, then retry.",
        fixer=Fixer.SOURCE_OWNER,
    ),
    FailureCode.SOURCE_NOT_FOUND: Entry(
        message="The document is no longer there.",
        cause="The source has nothing under this name: it was moved, renamed or deleted.",
        remedy="Put the document back and retry, or submit it from its new place.",
        fixer=Fixer.SUBMITTER,
    ),
    FailureCode.SOURCE_BLOCKED_ADDRESS: Entry(
        message="The address leads into a private network, so it was not fetched.",
        cause="Only public addresses, and those that an administrator has allowed, are fetched.",
        remedy="Upload the document instead, or ask an administrator to allow the address.",
        fixer=Fixer.ADMIN,
    ),
    FailureCode.SOURCE_NOT_TRUSTED: Entry(
        message="The source could not prove that it is the right one, so nothing was told to it.",
        cause="The server shows another key than the one that was set, or a certificate that does not hold for its name.",
        remedy="Ask whoever runs the server whether its key or certificate was changed. If so, set the new one, then retry.",
        fixer=Fixer.ADMIN,
    ),
    FailureCode.FILE_TOO_LARGE: Entry(
        message="The file is larger than the limit.",
        cause="Files over the limit are not read, so that one document cannot fill the store.",
        remedy="Split the document, or ask an administrator to raise the limit.",
        fixer=Fixer.SUBMITTER,
        detailed="The file is larger than the limit of {limit}.",
        params={"limit": Kind.BYTES},
        from_start=True,
    ),
    FailureCode.FILE_EXPANDS_TOO_MUCH: Entry(
        message="The file unpacks to far more than its size.",
        cause="Its compressed content is larger, deeper or has more entries than is safe to open.",
        remedy="Submit the documents inside it one by one.",
        fixer=Fixer.SUBMITTER,
        detailed="The file unpacks to more than the limit of {limit}.",
        params={"limit": Kind.BYTES},
        from_start=True,
    ),
    FailureCode.UNSUPPORTED_TYPE: Entry(
        message="This type of file cannot be read.",
        cause="There is no text to be had from this type, or no reader for it.",
        remedy="Convert it to a document type such as PDF, DOCX or plain text.",
        fixer=Fixer.SUBMITTER,
        detailed="This type of file cannot be read: {found}.",
        params={"found": Kind.MEDIA_TYPE},
        from_start=True,
    ),
    FailureCode.TYPE_MISMATCH: Entry(
        message="The content is not what the file's name says.",
        cause="The name ends in one type, but the bytes are another's, and a wrong guess would be unsafe.",
        remedy="Rename the file to its true type, or export it again.",
        fixer=Fixer.SUBMITTER,
        detailed="The name says {named}, but the content is {found}.",
        params={"named": Kind.MEDIA_TYPE, "found": Kind.MEDIA_TYPE},
        from_start=True,
    ),
    FailureCode.DOCUMENT_ENCRYPTED: Entry(
        message="The document is protected by a password.",
        cause="Its content is encrypted, so it cannot be read without the password.",
        remedy="Submit a copy without a password.",
        fixer=Fixer.SUBMITTER,
        from_start=True,
    ),
    FailureCode.DOCUMENT_CORRUPT: Entry(
        message="The document is damaged.",
        cause="The file is cut off or its structure is broken, so no reader can open it.",
        remedy="Open it in the program that made it, save it again and submit that.",
        fixer=Fixer.SUBMITTER,
        from_start=True,
    ),
    FailureCode.DOCUMENT_EMPTY: Entry(
        message="There is no text in the document.",
        cause="It was read to the end, and neither text nor readable scans were found.",
        remedy="Check that this is the right file. A scan needs OCR language data (`tidegate doctor`).",
        fixer=Fixer.SUBMITTER,
        from_start=True,
    ),
    FailureCode.SCHEMA_MISMATCH: Entry(
        message="The content does not have the expected form.",
        cause="The pipeline expects fields or columns that this content lacks.",
        remedy="Correct the content or the pipeline's schema, then retry.",
        fixer=Fixer.SUBMITTER,
        from_start=True,
    ),
    FailureCode.QUOTA_EXCEEDED: Entry(
        message="The quota is used up.",
        cause="The limit on stored documents or bytes has been reached.",
        remedy="Delete what is no longer needed, or ask an administrator to raise the quota; then retry.",
        fixer=Fixer.ADMIN,
    ),
    FailureCode.MALWARE_DETECTED: Entry(
        message="The file was found to be malicious.",
        cause="A scanner recognised harmful content.",
        remedy="It is not read again. Ask an administrator if you believe that this is wrong.",
        fixer=Fixer.ADMIN,
        by_person=False,
    ),
    FailureCode.QUARANTINED: Entry(
        message="The document is in quarantine.",
        cause="It stopped a worker each time that it was read.",
        remedy="An administrator may release it, once the reason is found and mended.",
        fixer=Fixer.ADMIN,
        by_person=False,
    ),
    FailureCode.CANCELLED: Entry(
        message="The job was cancelled.",
        cause="A person cancelled it; the audit event tells who and why.",
        remedy="Submit the document again if it is needed.",
        fixer=Fixer.SUBMITTER,
        by_person=False,
    ),
    FailureCode.EXTERNAL_FAILED: Entry(
        message="The system that ran this job reports that it failed.",
        cause="The job runs in another system. What that system told of the error is kept for administrators.",
        remedy="Look it up in that system, mend what is wrong there, then retry.",
        fixer=Fixer.SOURCE_OWNER,
        from_start=True,
    ),
    FailureCode.EXTERNAL_ABORTED: Entry(
        message="The run was stopped in the system that ran this job.",
        cause="The job runs in another system, and somebody or something there ended it before it was done.",
        remedy="Ask whoever runs that system why, then retry if the result is needed.",
        fixer=Fixer.SOURCE_OWNER,
        from_start=True,
    ),
    FailureCode.EXTERNAL_LOST: Entry(
        message="Nothing was heard of this run any more.",
        cause="The job runs in another system, which has neither told of its end nor of its going on for longer than it may.",
        remedy="Look in that system. If the run still goes on, its next sign of life takes this back; else retry.",
        fixer=Fixer.SOURCE_OWNER,
        from_start=True,
    ),
    FailureCode.EXTERNAL_UNREACHABLE: Entry(
        message="The system that runs this job did not take the request to run it again.",
        cause="The call that asks for another run was not answered, or refused, each time that it was tried.",
        remedy="Check the address and the secret of that system (`tidegate system list`), then retry.",
        fixer=Fixer.ADMIN,
        from_start=True,
    ),
}
