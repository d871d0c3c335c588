"""Style sheets, scripts and map data by gzip, packed once; they are most of what a page weighs.

Pages themselves stay as they are: packing a secret beside what a stranger can put into the page
would give the secret away (BREACH).
"""

import gzip
from functools import lru_cache

from flask import Response, request

_ENDPOINTS = frozenset({"web.static", "web.theme"})
_TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml")
_WORTH_IT_BYTES = 1024
_MOST_FILES = 64


def compress_static(response: Response) -> Response:
    """Pack a static text for a browser that can unpack it."""
    if request.endpoint not in _ENDPOINTS or not (response.mimetype or "").startswith(_TYPES):
        return response
    response.vary.add("Accept-Encoding")
    accepts = request.accept_encodings["gzip"] > 0
    if response.status_code != 200 or request.method != "GET" or not accepts:
        return response
    response.direct_passthrough = False
    body = response.get_data()
    response.close()  # the file it would have sent
    if len(body) < _WORTH_IT_BYTES or "Content-Encoding" in response.headers:
        return response
    response.set_data(_packed(body))
    response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=_MOST_FILES)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=9, mtime=0)
