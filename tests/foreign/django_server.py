"""django-scim2 with its default adapters over Django's own users and groups; run as a script."""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

TOKEN, DATABASE = sys.argv[1], sys.argv[2]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


def main() -> None:
    settings.configure(
        SECRET_KEY="only-a-test",
        FOREIGN_TOKEN=TOKEN,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="foreign_urls",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "foreign_people",
            "django_scim",
        ],
        MIDDLEWARE=[
            "foreign_urls.TokenMiddleware",
            "django_scim.middleware.SCIMAuthCheckMiddleware",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE}},
        AUTH_USER_MODEL="foreign_people.User",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        LOGGING_CONFIG=None,
        SCIM_SERVICE_PROVIDER={
            "NETLOC": "127.0.0.1",
            "SCHEME": "http",
            "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "token"}],
            "GROUP_MODEL": "foreign_people.models.Group",
        },
    )
    django.setup()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", run_syncdb=True, verbosity=0)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    sys.stdout.write(f"url=http://127.0.0.1:{server.server_port}/scim/v2\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
