"""Serves the web pages, which were built from `web/`. All files are in memory, so no path leads anywhere else."""

import hashlib
import mimetypes
import re
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
_ENCODINGS: Final = {"br": ".br", "gzip": ".gz"}
"""In the order of preference, with the suffixes of the files that the build made; nothing is compressed here."""
_REFUSED: Final = re.compile(r"\s*q=0(\.0*)?\s*")
_FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """A file of the pages; `bodies` always has the encoding "identity"."""

    bodies: Mapping[str, bytes]
    media_type: str
    digest: str
    headers: Mapping[str, str]


class Pages:
    """Answers GET for everything that is not the API. A path without a dot is an address inside the pages, and gets `index.html`."""

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
    """Reads every file below a folder, by its path; none if `index.html` is missing."""
    if not (folder / INDEX).is_file():
        return {}
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink() and path.suffix not in _ENCODINGS.values())
    return {path.relative_to(folder).as_posix(): _read(path, path.relative_to(folder).as_posix()) for path in found}


def _read(path: Path, name: str) -> PageFile:
    body = path.read_bytes()
    compressed = {encoding: path.with_name(path.name + suffix) for encoding, suffix in _ENCODINGS.items()}
    kind = "text/javascript" if path.suffix in {".js", ".mjs"} else mimetypes.guess_type(name)[0]
    is_document = path.suffix in {".html", ".svg"}
    return PageFile(
        bodies={encoding: file.read_bytes() for encoding, file in compressed.items() if file.is_file()} | {"identity": body},
        media_type=kind or "application/octet-stream",
        digest=hashlib.sha256(body).hexdigest()[:24],
        headers={
            "Cache-Control": _FOREVER if name.startswith("assets/") else "no-cache",
            **({"Content-Security-Policy": POLICY} if is_document else {}),
        },
    )


def _answer(request: HttpRequest, file: PageFile) -> Response:
    encoding = _encoding(request.headers.get("accept-encoding", ""), file.bodies)
    etag = f'"{file.digest}-{encoding}"'
    headers = {**file.headers, "ETag": etag, "Vary": "Accept-Encoding"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    return Response(file.bodies[encoding], headers=headers, media_type=file.media_type)


def _encoding(accepted: str, bodies: Mapping[str, bytes]) -> str:
    """Chooses the smallest encoding that exists and that the client accepts; quality 0 means that it does not."""
    taken = {name.strip().lower() for name, _, quality in (each.partition(";") for each in accepted.split(",")) if not _REFUSED.fullmatch(quality)}
    return next((encoding for encoding in _ENCODINGS if encoding in bodies and encoding in taken), "identity")
