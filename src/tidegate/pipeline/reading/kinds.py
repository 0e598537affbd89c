"""Names and media types: what a file's name claims, and which claims a found type may contradict without harm."""

from tidegate.domain.failures import safe_media_type

PDF = "application/pdf"
ZIP = "application/zip"
OLE = "application/x-ole-storage"
RTF = "application/rtf"
BINARY = "application/octet-stream"
EXECUTABLE = "application/x-executable"
PLAIN = "text/plain"
HTML = "text/html"
XML = "application/xml"
JSON = "application/json"
EMAIL = "message/rfc822"
OUTLOOK = "application/vnd.ms-outlook"
EPUB = "application/epub+zip"

_OOXML = "application/vnd.openxmlformats-officedocument."
DOC, XLS, PPT = "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"
DOCX, XLSX, PPTX = _OOXML + "wordprocessingml.document", _OOXML + "spreadsheetml.sheet", _OOXML + "presentationml.presentation"
ODT, ODS, ODP = (f"application/vnd.oasis.opendocument.{part}" for part in ("text", "spreadsheet", "presentation"))

BY_ENDING = {
    "pdf": PDF,
    "zip": ZIP,
    "rtf": RTF,
    "epub": EPUB,
    "msg": OUTLOOK,
    "doc": DOC,
    "dot": DOC,
    "xls": XLS,
    "xlt": XLS,
    "xla": XLS,
    "ppt": PPT,
    "pot": PPT,
    "pps": PPT,
    "docx": DOCX,
    "docm": DOCX,
    "dotx": DOCX,
    "dotm": DOCX,
    "xlsx": XLSX,
    "xlsm": XLSX,
    "xltx": XLSX,
    "xltm": XLSX,
    "xlsb": XLSX,
    "xlam": XLSX,
    "pptx": PPTX,
    "pptm": PPTX,
    "potx": PPTX,
    "potm": PPTX,
    "ppsx": PPTX,
    "ppsm": PPTX,
    "odt": ODT,
    "ott": ODT,
    "ods": ODS,
    "ots": ODS,
    "odp": ODP,
    "otp": ODP,
    "gz": "application/gzip",
    "tgz": "application/gzip",
    "tar": "application/x-tar",
    "7z": "application/x-7z-compressed",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heic",
    "jp2": "image/jp2",
    "avif": "image/avif",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "avi": "video/x-msvideo",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "exe": EXECUTABLE,
    "dll": EXECUTABLE,
    "so": EXECUTABLE,
    "msi": EXECUTABLE,
    "class": EXECUTABLE,
    "jar": EXECUTABLE,
    "apk": EXECUTABLE,
    "html": HTML,
    "htm": HTML,
    "xhtml": "application/xhtml+xml",
    "xml": XML,
    "svg": "image/svg+xml",
    "json": JSON,
    "eml": EMAIL,
    "txt": PLAIN,
    "text": PLAIN,
    "log": PLAIN,
    "md": "text/markdown",
    "markdown": "text/markdown",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "toml": "application/toml",
    "ndjson": "application/x-ndjson",
    "jsonl": "application/x-ndjson",
    "ipynb": "application/x-ipynb+json",
    "geojson": "application/geo+json",
    "rst": "text/x-rst",
    "org": "text/org",
    "tex": "application/x-latex",
    "latex": "application/x-latex",
    "bib": "application/x-bibtex",
    "typ": "text/vnd.typst",
    "typst": "text/vnd.typst",
    "adoc": "text/asciidoc",
    "asciidoc": "text/asciidoc",
    "fb2": "application/x-fictionbook+xml",
    "opml": "application/xml+opml",
    "docbook": "application/docbook+xml",
    "jats": "application/x-jats+xml",
    "nxml": "application/x-jats+xml",
    "djot": "text/x-djot",
    "ris": "application/x-research-info-systems",
    "vtt": "text/vtt",
    "kml": "application/vnd.google-earth.kml+xml",
}
"""The type that a name's ending claims. An ending that is not here claims nothing, so anything may stand under it."""

_SAME = (
    frozenset({DOC, DOCX, RTF, ODT}),
    frozenset({XLS, XLSX, ODS}),
    frozenset({PPT, PPTX, ODP}),
)
_MEDIA = frozenset({"image", "audio", "video", "font"})
_ZIPS = frozenset({DOCX, XLSX, PPTX, ODT, ODS, ODP, EPUB})
_OLD_OFFICE_EXPORTS = frozenset({PLAIN, HTML, XML, "text/csv", "text/tab-separated-values"})


def ending(name: str) -> str:
    """Return the lower-case ending of a file name without its dot; empty when it has none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def claimed(name: str) -> str | None:
    """Return the media type that a name claims."""
    return BY_ENDING.get(ending(name))


def is_textual(media_type: str) -> bool:
    """Whether the type is read as characters: plain text, markup or structured text."""
    return media_type.startswith("text/") or media_type in _TEXTUAL


_TEXTUAL = frozenset(
    {
        XML,
        JSON,
        EMAIL,
        "application/xhtml+xml",
        "image/svg+xml",
        "application/yaml",
        "application/toml",
        "application/x-ndjson",
        "application/x-ipynb+json",
        "application/geo+json",
        "application/x-latex",
        "application/x-bibtex",
        "application/x-fictionbook+xml",
        "application/xml+opml",
        "application/docbook+xml",
        "application/x-jats+xml",
        "application/x-research-info-systems",
        "application/vnd.google-earth.kml+xml",
    }
)


def family(media_type: str) -> str:
    """Return the first half of a media type."""
    return media_type.partition("/")[0]


def is_harmless(named: str, found: str) -> bool:
    """Whether content of type `found` under a name that claims `named` is read without asking.

    Text is text, a picture a picture, and office programs open each other's formats by content; old Excel and Word
    names often hold exported HTML or CSV. A zip may hold anything that is a zip inside. All else is a lie.
    """
    families = {family(named), family(found)}
    return (
        named == found
        or (is_textual(named) and is_textual(found))
        or (len(families) == 1 and families <= _MEDIA)
        or families == {"audio", "video"}
        or (named in (DOC, XLS) and found in _OLD_OFFICE_EXPORTS)
        or (named == ZIP and found in _ZIPS)
        or {named, found} == {"application/gzip", "application/x-tar"}
        or (named, found) == (PLAIN, RTF)
        or any(named in same and found in same for same in _SAME)
    )


def shown(media_type: str) -> str:
    """Return the catalogue's name for a type, that of a text family for odd text."""
    if is_textual(media_type) and safe_media_type(media_type) != media_type:
        return XML if "xml" in media_type else PLAIN
    return safe_media_type(media_type)
