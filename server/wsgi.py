"""The application object that a WSGI server loads."""
# ruff: noqa: E402 - imported while nobody looks for garbage

import gc

# What is there at the end of this file stays for good: looking through it for garbage takes a sixth
# of the start meanwhile, and took a twelfth of what a push costs afterwards.
gc.disable()

from sqlalchemy.orm import configure_mappers

from server.app import create_app
from server.platform.broadcast import STREAM_PATH
from server.platform.connections import MOST_CONNECTIONS, plan_for_pages
from server.platform.database import db
from server.platform.durable import share_waits
from server.platform.processes import share_freed_memory
from server.platform.turns import Turns
from shared.sync.protocol import PUSH_PATH

# More would only wait for a connection.
REQUESTS_AT_ONCE = MOST_CONNECTIONS
# A processor that works at fifteen pushes at once is done with each of them late: of fifty phones
# the slowest waited twice as long. With a few, it has something to do while PostgreSQL works.
# SQLite lets one write while the next is read; to change between more takes a fifteenth of a push.
PUSHES_AT_ONCE = {"postgresql": 4, "sqlite": 2}
OBJECTS_BEFORE_A_LOOK = 10_000

share_freed_memory()
app = create_app()
with app.app_context():
    plan_for_pages(db.engine)
    pushes_at_once = PUSHES_AT_ONCE[db.engine.dialect.name]
share_waits(app)
# Else the first who comes waits for it, and what it leaves in memory is looked through for garbage.
configure_mappers()
app.wsgi_app = Turns(  # type: ignore[method-assign]
    app.wsgi_app, most=REQUESTS_AT_ONCE, without=STREAM_PATH, fewer={PUSH_PATH: pushes_at_once}
)

gc.collect()
gc.freeze()
gc.enable()
# Python looks for garbage whenever 700 objects have come, several times a page, and after some
# hundred times through all that is kept: a tenth of a second in which every request waits.
gc.set_threshold(OBJECTS_BEFORE_A_LOOK)
