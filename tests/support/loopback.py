# SPDX-License-Identifier: Apache-2.0
"""Servers on 127.0.0.1 for programs that use the network: HTTP, HTTPS, and a forward proxy.

Used by the suites cases and packages, in the test process. Each answers every request with "METHOD target" (and
the body of a POST), or as `answers` says, and remembers it in .requests; the proxy answers CONNECT with 403, as a
strict proxy does.
"""

import http.server
import ssl
import subprocess
import threading
from pathlib import Path


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append(self.requestline)
        answer = self.server.answers.get(self.path)
        kind = "text/plain" if answer is None else "application/json"
        if answer is None:
            answer = f"{self.command} {self.path}".encode() + (b" " + body if body else b"")
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_PUT = do_GET

    def do_CONNECT(self):
        self.server.requests.append(self.requestline)
        self.send_error(403, "Forbidden")

    def log_message(self, *_):
        pass


class HttpServer:
    """An HTTP server on a free port; HTTPS with certificate and key as files. Context manager.

    answers   JSON, as bytes, by the target that is asked for
    """

    def __init__(self, certificate: Path = None, key: Path = None, answers: dict = None):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.daemon_threads = True
        self.requests = self.server.requests = []
        self.server.answers = answers or {}
        self.port = self.server.server_address[1]
        scheme = "http"
        if certificate:
            scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def make_certificate(folder: Path):
    """(certificate, key) for localhost and 127.0.0.1, signed by itself, as files in `folder`."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", key, "-out", certificate], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return certificate, key
