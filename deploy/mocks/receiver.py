"""Receives webhooks on this machine and prints each whose signature is right: `python deploy/mocks/receiver.py SECRET [PORT]`."""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook, WebhookVerificationError


def receiver(secret: str) -> type[BaseHTTPRequestHandler]:
    """What answers 204 to a message of ours, and 400 to anybody else's."""
    signed = Webhook(secret)

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                message = signed.verify(body, dict(self.headers))
            except WebhookVerificationError as error:
                self.send_error(400, str(error))
                return
            said = message["data"]
            print(message["type"], json.dumps({name: said[name] for name in ("number", "status") if name in said}))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """What is received is printed once."""

    return Receiver


if __name__ == "__main__":
    secret, *port = sys.argv[1:]
    HTTPServer(("127.0.0.1", int(port[0]) if port else 3002), receiver(secret)).serve_forever()
