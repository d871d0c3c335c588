"""The application object that a WSGI server loads."""

from server.app import create_app

app = create_app()
