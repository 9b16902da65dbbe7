"""The web pages: files that were built from `web/`, all held in memory, so that no path leads anywhere else."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

FOLDER: Final = Path(__file__).parent / "static"
INDEX: Final = "index.html"
_SOURCES: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",  # positions and sizes of what is drawn
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
POLICY: Final = "; ".join(f"{name} {sources}" for name, sources in _SOURCES.items())
_NOT_BUILT: Final = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Interlock</title>
<h1>The web pages are not built</h1>
<p>This is Interlock's API; its pages are missing from this checkout. <code>make web</code> builds them, then start again.</p>
<p>The API works without them: <a href="/openapi.json">/openapi.json</a> describes it.</p></html>
"""
_COMPRESSIBLE: Final = (".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".txt", ".map", ".wasm", ".ttf")
_FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    body: bytes
    gzipped: bytes | None
    media_type: str
    etag: str
    caching: str


class Pages:
    """Answers GET for everything that is not the API. A path without a dot is one of the pages' own addresses and gets `index.html`."""

    def __init__(self, folder: Path) -> None:
        self._files = read_files(folder)

    async def serve(self, request: HttpRequest) -> Response:
        path = request.path_params["path"]
        if path.partition("/")[0] == "api":
            raise HTTPException(404)
        if not self._files:
            request.state.observation.operation = "page"
            return Response(_NOT_BUILT, 404 if "." in path else 503, media_type="text/html")
        file = self._files.get(path)
        if file is None and "." in path.rpartition("/")[2]:
            raise HTTPException(404)
        request.state.observation.operation = "page"
        return _answer(request, file or self._files[INDEX])


def read_files(folder: Path) -> Mapping[str, PageFile]:
    """Every file below the folder by its path; none where `index.html` is missing."""
    if not (folder / INDEX).is_file():
        return {}
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): _read(path, path.relative_to(folder).as_posix()) for path in found}


def _read(path: Path, name: str) -> PageFile:
    body = path.read_bytes()
    kind = "text/javascript" if path.suffix in {".js", ".mjs"} else mimetypes.guess_type(name)[0]
    return PageFile(
        body=body,
        gzipped=gzip.compress(body, 6, mtime=0) if path.suffix in _COMPRESSIBLE and len(body) > 1024 else None,
        media_type=kind or "application/octet-stream",
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        caching=_FOREVER if name.startswith("assets/") else "no-cache",
    )


def _answer(request: HttpRequest, file: PageFile) -> Response:
    headers = {"Cache-Control": file.caching, "ETag": file.etag, "Content-Security-Policy": POLICY, "Vary": "Accept-Encoding"}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if file.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.gzipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=file.media_type)
    return Response(file.body, headers=headers, media_type=file.media_type)
