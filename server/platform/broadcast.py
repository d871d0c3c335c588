"""News for open pages: one subscriber of Redis in each web process, a queue for each page.

News is best effort. A page that hears nothing asks again by itself, and what is true stands in the
database; so a Redis that is down costs seconds, never facts.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import redis
from flask import Flask, current_app

from server.platform.access import Access
from server.platform.errors import ProblemError
from server.platform.queues import connect_impatiently, shared_client
from shared.i18n import N_
from shared.vocabulary import Role

logger = logging.getLogger(__name__)

_CHANNEL = "tapak:news"
_EXTENSION = "tapak_hub"
GATHER_S = 0.5
"""News is handed on this often, so that a thousand positions are not a thousand wake-ups."""
HEARTBEAT_S = 15.0
LONGEST_S = 600.0
"""After this a page connects anew, and what it may see is worked out again."""
MOST_PAGES = 240
"""A process answers each open page with a thread, and has so many more than for requests."""
STREAM_PATH = "/live/stream"
_QUEUED = 8
_SUBSCRIBE_WITHIN_S = 2.0

News = dict[str, Any]


class NoNewsError(ProblemError):
    """Nothing can be pushed now; the page asks at intervals instead."""

    code = "push.unavailable"
    status = 503
    title = N_("Live news is not available at the moment.")


def publish(*news: News) -> None:
    """Tell every open page. Each news has `rep_id` and `team_id`, whose viewers get it.

    Call it after the commit. Never raises: without Redis the pages ask by themselves.
    """
    with shared_client() as client:
        if client is not None and news:
            client.publish(_CHANNEL, orjson.dumps(news))


def somebody_listens() -> bool:
    """Return whether a page is open anywhere; False where Redis does not say."""
    listeners: Any = []
    with shared_client() as client:
        if client is not None:
            listeners = client.pubsub_numsub(_CHANNEL)
    return any(count for _, count in listeners)


@dataclass(eq=False)
class _Page:
    access: Access
    messages: "queue.Queue[bytes | None]" = field(
        default_factory=lambda: queue.Queue(maxsize=_QUEUED)
    )

    @property
    def scope(self) -> object:
        """Pages of one scope are sent the same bytes."""
        return Role.ADMIN if self.access.role is Role.ADMIN else self.access


class Hub:
    """Hands news on to the open pages of this process; listens only while there are any."""

    def __init__(
        self, connect: Callable[[], redis.Redis], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._pages: set[_Page] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._subscribed = threading.Event()

    def open(self, access: Access) -> Iterator[bytes]:
        """Return the stream of a page, as server-sent events; it ends when Redis goes away.

        :raises NoNewsError: without Redis, or with too many pages open
        """
        page = _Page(access)
        try:
            with self._connect() as client:
                client.ping()
        except redis.RedisError as error:
            raise NoNewsError from error
        with self._lock:
            if len(self._pages) >= MOST_PAGES:
                raise NoNewsError
            self._pages.add(page)
            if self._thread is None:
                self._thread = threading.Thread(target=self._listen, name="news", daemon=True)
                self._thread.start()
        # What a page asks once its stream is open, and what it is told after that, is everything.
        if not self._subscribed.wait(_SUBSCRIBE_WITHIN_S):
            self._discard(page)
            raise NoNewsError
        return self._stream(page)

    def _stream(self, page: _Page) -> Iterator[bytes]:
        ends_at = self._clock() + LONGEST_S
        try:
            yield b"retry: 3000\n\n"
            while self._clock() < ends_at:
                try:
                    message = page.messages.get(timeout=HEARTBEAT_S)
                except queue.Empty:
                    yield b": alive\n\n"
                    continue
                if message is None:
                    return
                yield b"data: " + message + b"\n\n"
        finally:
            self._discard(page)

    def _discard(self, page: _Page) -> None:
        with self._lock:
            self._pages.discard(page)

    def _listen(self) -> None:
        try:
            with (
                self._connect() as client,
                client.pubsub(ignore_subscribe_messages=True) as subscription,
            ):
                subscription.subscribe(_CHANNEL)
                subscription.get_message(timeout=_SUBSCRIBE_WITHIN_S)  # Redis confirms it
                self._subscribed.set()
                while self._is_needed():
                    self._hand_on(self._gather(subscription))
        except redis.RedisError as error:
            logger.warning("no news any more, Redis does not answer: %s", error)
            with self._lock:
                self._stop_listening()
                pages = list(self._pages)
            for page in pages:
                self._send(page, None)

    def _is_needed(self) -> bool:
        with self._lock:
            if not self._pages:
                self._stop_listening()
            return bool(self._pages)

    def _stop_listening(self) -> None:
        self._thread = None
        self._subscribed.clear()

    def _gather(self, subscription: Any) -> list[News]:
        """Return what came within a moment; of each rep's positions only the newest."""
        until = self._clock() + GATHER_S
        gathered: dict[object, News] = {}
        while (left_s := until - self._clock()) > 0:
            message = subscription.get_message(timeout=left_s)
            if message is None:
                continue
            for news in orjson.loads(message["data"]):
                key = (news["rep_id"], news.get("kind"))
                gathered.pop(key, None)
                gathered[key] = news
        return list(gathered.values())

    def _hand_on(self, gathered: list[News]) -> None:
        if not gathered:
            return
        with self._lock:
            pages = list(self._pages)
        encoded: dict[object, bytes] = {}
        for page in pages:
            if page.scope not in encoded:
                seen = [
                    news
                    for news in gathered
                    if page.access.sees(news["rep_id"], news.get("team_id"))
                ]
                encoded[page.scope] = orjson.dumps(seen) if seen else b""
            if encoded[page.scope]:
                self._send(page, encoded[page.scope])

    def _send(self, page: _Page, message: bytes | None) -> None:
        try:
            page.messages.put_nowait(message)
        except queue.Full:
            # It does not read: it gets the whole picture when it connects again.
            self._discard(page)
            with page.messages.mutex:
                page.messages.queue.clear()
            page.messages.put_nowait(None)


def init_broadcast(app: Flask, *, redis_url: str) -> None:
    """Give the application its hub."""
    app.extensions[_EXTENSION] = Hub(lambda: connect_impatiently(redis_url)) if redis_url else None


def open_stream(access: Access) -> Iterator[bytes]:
    """Return the stream of news for a page of somebody with this access.

    :raises NoNewsError: when nothing can be pushed
    """
    hub: Hub | None = current_app.extensions[_EXTENSION]
    if hub is None:
        raise NoNewsError
    return hub.open(access)
