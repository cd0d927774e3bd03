# SPDX-License-Identifier: Apache-2.0
"""Servers on 127.0.0.1 for programs that use the network: HTTP, HTTPS, and a forward proxy.

Used in the test process. Each answers every request with "METHOD target" (and
the body of a POST), or as `answers` says, and remembers it in .requests; the proxy answers CONNECT with 403, as a
strict proxy does.
"""

import http.server
import socket
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
        kind = "text/plain" if answer is None else "text/html" if answer.startswith(b"<") else "application/json"
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


class _Version6(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


class HttpServer:
    """An HTTP server on a free port; HTTPS with certificate and key as files. Context manager.

    answers   JSON or a page, as bytes, by the target that is asked for
    """

    def __init__(self, certificate: Path = None, key: Path = None, answers: dict = None):
        self.requests = []
        self.answers = answers or {}
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate, key)
        first = self._listen(http.server.ThreadingHTTPServer, ("127.0.0.1", 0))
        self.port = first.server_address[1]
        self.servers = [first]
        try:
            self.servers.append(self._listen(_Version6, ("::1", self.port)))  # "localhost" may be either
        except OSError:
            pass  # no IPv6 here
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"

    def _listen(self, kind, address):
        server = kind(address, _Handler)
        server.daemon_threads = True
        server.requests, server.answers = self.requests, self.answers
        if self.context:
            server.socket = self.context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        return server

    def __enter__(self):
        self.threads = [threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
                        for server in self.servers]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for server, thread in zip(self.servers, self.threads):
            server.shutdown()
            thread.join()
            server.server_close()


def make_certificate(folder: Path):
    """(certificate, key) for localhost and 127.0.0.1, signed by itself, as files in `folder`."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", key, "-out", certificate], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return certificate, key
