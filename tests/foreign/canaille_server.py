"""canaille, a small identity server, over its in-memory backend; run as a script."""

import datetime
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend

TOKEN = sys.argv[1]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


def main() -> None:
    config = {
        "SECRET_KEY": "only-a-test",
        "TESTING": True,
        "CANAILLE": {"DATABASE": "memory", "LOGGING": {"version": 1}},
        "CANAILLE_OIDC": {},
        "CANAILLE_SCIM": {"ENABLE_SERVER": True},
    }
    app = create_app(config)
    now = datetime.datetime.now(datetime.UTC)
    with app.app_context(), Backend.instance.session():
        client = models.Client(
            client_id="reconciler", client_name="reconciler", client_id_issued_at=now
        )
        Backend.instance.save(client)
        token = models.Token(
            token_id="reconciler",
            access_token=TOKEN,
            client=client,
            audience=[client],
            subject=None,
            scope=["openid"],
            issue_date=now,
            lifetime=86400,
        )
        Backend.instance.save(token)
    server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
    sys.stdout.write(f"url=http://127.0.0.1:{server.server_port}/scim/v2\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
