"""The built operator display as files, or a plain page that says how to build it.

In: the folder that `npm run build` in console-ui/ fills (git-ignored, part of the wheel).
Out: responses. The API does not need the display and works without it.
"""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from skypact.model.errors import FrontEndMissing

ASSETS = Path(__file__).parent / "assets"

ABSENT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Skypact: the display is not built</title>
<h1>The operator display is not part of this installation</h1>
<p>Run <code>make setup</code> in the source folder, then reload this page.</p>
<p>The node is running, and so is its interface:
<a href="/api/status">status</a>, <a href="/api/tracks">tracks</a>,
<a href="/api/sensors">sensors</a>.</p>
</html>
"""


def require_front_end(assets: Path = ASSETS) -> None:
    """Check that the display is built, for a caller that cannot do without it.

    Raises
    ------
    FrontEndMissing
        If the folder holds no ``index.html``.
    """
    if not (assets / "index.html").is_file():
        raise FrontEndMissing(
            "the operator display is not built", where=str(assets), remedy="Run make setup"
        )


def front_end_routes(assets: Path = ASSETS) -> list[BaseRoute]:
    """Routes of the page and its files."""

    def page(request: Request) -> Response:
        index = assets / "index.html"
        if not index.is_file():
            return HTMLResponse(ABSENT, status_code=503, headers={"cache-control": "no-store"})
        return FileResponse(index, headers={"cache-control": "no-cache"})

    files = FingerprintedFiles(directory=assets / "files", check_dir=False)
    return [Route("/", page), Mount("/files", files)]


class FingerprintedFiles(StaticFiles):
    """Files whose names change with their content, so a browser may keep them for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file and how long it stays true."""
        if not Path(str(self.directory)).is_dir():
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response
