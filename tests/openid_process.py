"""The OpenID provider of the tests as a process; beside what it does by itself, it signs the tokens that tests ask for.

Run ``python -m tests.openid_process PORT '[{"sub": ...}, ...]'``.
"""

from __future__ import annotations

import json
import sys

import flask
import werkzeug.serving
from authlib import jose
from oidc_provider_mock import app
from oidc_provider_mock._storage import User, storage


def main() -> None:
    """Serve until the process is ended."""
    port, people = int(sys.argv[1]), json.loads(sys.argv[2])
    users = [User(sub=one["sub"], claims={key: one[key] for key in one if key != "sub"}) for one in people]
    provider = app(user_claims=users)

    @provider.post("/sign")
    def sign() -> str:
        """Return a token of this header and these claims, signed with the provider's key."""
        asked = flask.request.json
        signed: bytes = jose.jwt.encode({"alg": "RS256", **asked["header"]}, asked["claims"], storage.jwk)
        return signed.decode()

    werkzeug.serving.make_server("127.0.0.1", port, provider, threaded=True).serve_forever()


if __name__ == "__main__":
    main()
