"""The application object that a WSGI server loads."""

import gc

from server.app import create_app
from server.platform.broadcast import STREAM_PATH
from server.platform.database import db, plan_for_pages
from server.platform.processes import share_freed_memory
from server.platform.turns import Turns

# As many at once as SQLAlchemy's pool has connections; more would only wait for one.
REQUESTS_AT_ONCE = 15

share_freed_memory()
app = create_app()
with app.app_context():
    plan_for_pages(db.engine)
app.wsgi_app = Turns(app.wsgi_app, most=REQUESTS_AT_ONCE, without=STREAM_PATH)  # type: ignore[method-assign]

# What is there now stays for good: looking through it for garbage again and again took a twelfth
# of what a push costs.
gc.collect()
gc.freeze()
