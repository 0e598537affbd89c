"""A server of Dropbox's API for one tree: requests are read, and answers written, by the types of Dropbox's own library."""

import hashlib
import json
import secrets
from datetime import datetime
from http.server import ThreadingHTTPServer
from typing import Any

from dropbox import files
from stone.backends.python_rsrc import stone_serializers as stone

from tests.cloud_doors import Answering

read_json: Any = stone.json_decode
write_json: Any = stone.json_encode

APP_KEY, APP_SECRET, REFRESH_TOKEN = "an app", "the secret of an app", "what somebody allowed"
BLOCK = 4 * 1024 * 1024


class Dropbox(ThreadingHTTPServer):
    """Keeps files by their paths, whose case it knows and does not look at; `asked` holds the calls."""

    daemon_threads = True

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}
        self.asked: list[str] = []
        self.given: set[str] = set()
        self.cursors: dict[str, tuple[files.ListFolderArg, int]] = {}
        self.restricted: set[str] = set()
        super().__init__(("127.0.0.1", 0), _AtDropbox)

    @property
    def url(self) -> str:
        """Its address, for calls, content and tokens alike."""
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, path: str, content: bytes) -> None:
        """Write a file."""
        self.files[path.lower()] = (path, content)

    def remove(self, path: str) -> None:
        """Remove a file."""
        del self.files[path.lower()]

    def page(self, asked: files.ListFolderArg, begin: int) -> files.ListFolderResult | None:
        """Return a part of a list; None where there is no such folder."""
        folder = asked.path.lower()
        below = sorted(path for path in self.files if path.startswith(f"{folder}/"))
        if not below:
            return None
        found = _entries(self, folder, below) if asked.recursive else _entries(self, folder, below, depth=folder.count("/") + 1)
        end = begin + (asked.limit or 500)
        self.cursors[cursor := secrets.token_hex(8)] = (asked, end)
        return files.ListFolderResult(entries=found[begin:end], cursor=cursor, has_more=end < len(found))


def content_hash(content: bytes) -> str:
    """Return the hash of a file as Dropbox makes it: of the hashes of its blocks."""
    blocks = [content[at : at + BLOCK] for at in range(0, len(content), BLOCK)]
    return hashlib.sha256(b"".join(hashlib.sha256(block).digest() for block in blocks)).hexdigest()


def _entries(server: Dropbox, folder: str, paths: list[str], depth: int | None = None) -> list[files.Metadata]:
    """Return the folders and files below a folder; of a file's folders the case is not what it was written in."""
    made: dict[str, files.Metadata] = {}
    for path in paths:
        parts = path.removeprefix(f"{folder}/").split("/")
        for n in range(1, len(parts)):
            above = f"{folder}/{'/'.join(parts[:n])}"
            made[above] = files.FolderMetadata(name=parts[n - 1], id=f"id:{above}", path_lower=above, path_display=above)
        written, content = server.files[path]
        now = datetime(2026, 1, 1, 12, 0)  # noqa: DTZ001 - Dropbox's types know no zones
        made[path] = files.FileMetadata(
            name=written.rpartition("/")[2], id=f"id:{path}", client_modified=now, server_modified=now, rev="015f9" + "0" * 10,
            size=len(content), path_lower=path, path_display=path.upper(), is_downloadable=True,
            content_hash=content_hash(content),
        )  # fmt: skip
    return [entry for path, entry in sorted(made.items()) if depth is None or path.count("/") == depth]


class _AtDropbox(Answering):
    server: Dropbox

    def do_POST(self) -> None:  # noqa: N802 - the server's own name for it
        self.server.asked.append(self.path)
        if self.path == "/oauth2/token":
            self._give_token()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Authorization", "").removeprefix("Bearer ") not in self.server.given:
            self.answer(401, b'{"error_summary": "expired_access_token/...", "error": {".tag": "expired_access_token"}}')
        elif self.path == "/2/files/list_folder":
            asked = read_json(files.ListFolderArg_validator, body.decode(), strict=True)
            self._list(asked, 0)
        elif self.path == "/2/files/list_folder/continue":
            cursor = read_json(files.ListFolderContinueArg_validator, body.decode(), strict=True).cursor
            if cursor in self.server.cursors:
                self._list(*self.server.cursors[cursor])
            else:
                self._refuse("reset", files.ListFolderContinueError_validator, files.ListFolderContinueError.reset)
        else:
            assert self.path == "/2/files/download"
            assert body == b""
            self._download(read_json(files.DownloadArg_validator, self.headers["Dropbox-API-Arg"], strict=True).path)

    def _give_token(self) -> None:
        wanted = {
            "grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN, "client_id": APP_KEY, "client_secret": APP_SECRET
        }  # fmt: skip
        if self.form() != wanted:
            self.answer(400, b'{"error": "invalid_grant", "error_description": "refresh token is invalid or revoked"}')
            return
        self.server.given.add(made := secrets.token_urlsafe(20))
        self.answer(200, json.dumps({"access_token": made, "token_type": "bearer", "expires_in": 14400}).encode())

    def _list(self, asked: files.ListFolderArg, begin: int) -> None:
        page = self.server.page(asked, begin)
        if page is None:
            wrong = files.ListFolderError.path(files.LookupError.not_found)
            self._refuse("path/not_found", files.ListFolderError_validator, wrong)
        else:
            self.answer(200, write_json(files.ListFolderResult_validator, page).encode())

    def _download(self, path: str) -> None:
        found = self.server.files.get(path.lower())
        word = "restricted_content" if path.lower() in self.server.restricted else None if found else "not_found"
        if word is not None:
            wrong = files.DownloadError.path(getattr(files.LookupError, word))
            self._refuse(f"path/{word}", files.DownloadError_validator, wrong)
            return
        assert found is not None
        self.answer(200, found[1])

    def _refuse(self, summary: str, validator: Any, wrong: Any) -> None:
        error = json.loads(write_json(validator, wrong))
        self.answer(409, json.dumps({"error_summary": f"{summary}/...", "error": error}).encode())
