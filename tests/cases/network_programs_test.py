# SPDX-License-Identifier: Apache-2.0
"""Programs that use the network: with it, through a proxy, and without it. Only this machine is talked to."""

import json
import shutil

import pytest
from loopback import HttpServer, make_certificate
from programs import REFUSED, data_of, denial, denied_names, good, skip_without, stdout_of


@pytest.fixture
def web():
    with HttpServer() as running:
        yield running


@pytest.fixture
def tls(tmp_path):
    """(an HTTPS server, its certificate as text)"""
    if not shutil.which("openssl"):
        pytest.skip("needs the program openssl, to make a certificate")
    certificate, key = make_certificate(tmp_path)
    with HttpServer(certificate, key) as running:
        yield running, certificate.read_text()


def with_network(server, language: str, code: str) -> str:
    return stdout_of(server, language, code, enable_network=True)


def test_urllib(server, web):
    code = f"import urllib.request\nprint(urllib.request.urlopen('{web.url}/a?b=1').read().decode())"
    assert with_network(server, "python3", code) == "GET /a?b=1\n"


def test_http_client_posts_json(server, web):
    code = f"""
        import http.client, json
        connection = http.client.HTTPConnection('localhost', {web.port})
        connection.request('POST', '/p', json.dumps({{'a': '测'}}), {{'Content-Type': 'application/json'}})
        print(connection.getresponse().read().decode())
        """
    assert with_network(server, "python3", code) == 'POST /p {"a": "\\u6d4b"}\n'


def test_requests(server, web):
    skip_without(server, "requests")
    code = f"import requests\nprint(requests.get('{web.url}/r', params={{'q': 'x y'}}).text)"
    assert with_network(server, "python3", code) == "GET /r?q=x+y\n"


def test_httpx(server, web):
    skip_without(server, "httpx")
    assert with_network(server, "python3", f"import httpx\nprint(httpx.get('{web.url}/x').text)") == "GET /x\n"


def test_asyncio_streams(server, web):
    code = f"""
        import asyncio
        async def main():
            reader, writer = await asyncio.open_connection('127.0.0.1', {web.port})
            writer.write(b'GET /s HTTP/1.0\\r\\n\\r\\n')
            print((await reader.read()).decode().splitlines()[-1])
            writer.close()
        asyncio.run(main())
        """
    assert with_network(server, "python3", code) == "GET /s\n"


def test_urllib_over_tls(server, tls):
    web, certificate = tls
    code = f"""
        import ssl, urllib.request
        context = ssl.create_default_context(cadata={certificate!r})
        print(urllib.request.urlopen('https://localhost:{web.port}/t', context=context).read().decode())
        """
    assert with_network(server, "python3", code) == "GET /t\n"


def test_an_unknown_certificate_is_refused_by_the_program(server, tls):
    web, _ = tls
    data = data_of(server, "python3", f"import urllib.request as r\nr.urlopen('{web.url}/t')", enable_network=True)
    assert "CERTIFICATE_VERIFY_FAILED" in data["error"] and web.requests == []


def test_the_machines_certificates_are_there(server):
    code = "import ssl\nprint(len(ssl.create_default_context().get_ca_certs()) > 10)"
    assert stdout_of(server, "python3", code) == "True\n"


def test_node_https(server, tls):
    web, certificate = tls
    code = f"""
        require('https').get('https://localhost:{web.port}/t', {{ca: {json.dumps(certificate)}}}, answer => {{
          answer.setEncoding('utf8').on('data', text => console.log(text))
        }})
        """
    assert with_network(server, "nodejs", code) == "GET /t\n"


def test_fetch(server, web):
    code = f"""
        async function main() {{
          const answer = await fetch('http://localhost:{web.port}/f', {{method: 'POST', body: JSON.stringify({{a: 1}})}})
          return answer.text()
        }}
        main().then(console.log)
        """
    assert with_network(server, "nodejs", code) == 'POST /f {"a":1}\n'


@pytest.mark.parametrize("code,expected", [
    ("require('dns').lookup('localhost', {family: 4}, (error, address) => console.log(error, address))", "null 127.0.0.1\n"),
    ("require('dns').promises.lookup('localhost', {all: true}).then(all => console.log(all.length > 0))", "true\n"),
])
def test_dns_lookup(server, code, expected):
    assert with_network(server, "nodejs", code) == expected


def test_getaddrinfo(server):
    code = "import socket\nprint(socket.gethostbyname('localhost'), len(socket.getaddrinfo('localhost', 80)) > 0)"
    assert with_network(server, "python3", code) == "127.0.0.1 True\n"


def test_a_program_may_serve_itself(server):
    code = """
        import socket, threading
        with socket.create_server(('127.0.0.1', 0)) as listener:
            def serve():
                connection, _ = listener.accept()
                connection.sendall(b'hello'); connection.close()
            threading.Thread(target=serve).start()
            print(socket.create_connection(listener.getsockname()).recv(10))
        """
    assert with_network(server, "python3", code) == "b'hello'\n"


def test_a_refused_connection_is_an_ordinary_error(server):
    code = "import socket\nlistener = socket.create_server(('127.0.0.1', 0))\nport = listener.getsockname()[1]\n" \
           "listener.close()\nsocket.create_connection(('127.0.0.1', port))"
    data = data_of(server, "python3", code, enable_network=True)
    assert "ConnectionRefusedError" in data["error"] and denied_names(data) == {""}  # no system call was refused


@pytest.fixture
def proxied_server(make_server, web):
    """A server whose configuration sends programs through `web` as their proxy."""
    return make_server(env={"HTTP_PROXY": web.url, "HTTPS_PROXY": web.url})


def test_urllib_goes_through_the_proxy(proxied_server, web):
    code = "import urllib.request\nprint(urllib.request.urlopen('http://www.example.com/page').read().decode())"
    assert with_network(proxied_server, "python3", code) == "GET http://www.example.com/page\n"
    assert web.requests == ["GET http://www.example.com/page HTTP/1.1"]


def test_requests_goes_through_the_proxy(proxied_server, web):
    skip_without(proxied_server, "requests")
    code = "import requests\nprint(requests.get('http://www.example.com/page').text)"
    assert with_network(proxied_server, "python3", code) == "GET http://www.example.com/page\n"


def test_a_proxy_that_refuses_is_told_to_the_author(proxied_server, web):
    code = "import urllib.request\nurllib.request.urlopen('https://host.example:8585/x')"
    data = data_of(proxied_server, "python3", code, enable_network=True)
    assert "Tunnel connection failed: 403 Forbidden" in data["error"] and denied_names(data) == {""}
    assert "\nerror: proxy refused\n" in data["error"]
    assert web.requests == ["CONNECT host.example:8585 HTTP/1.0"] or "CONNECT host.example:8585" in web.requests[0]


@pytest.mark.parametrize("names", [("HTTP_PROXY", "HTTPS_PROXY"), ("http_proxy", "https_proxy")])
def test_the_proxy_is_in_the_environment(proxied_server, web, names):
    code = f"console.log({', '.join('process.env.' + name for name in names)})"
    assert with_network(proxied_server, "nodejs", code) == f"{web.url} {web.url}\n"
    code = f"import os\nprint({', '.join(f'os.environ[{name!r}]' for name in names)})"
    assert with_network(proxied_server, "python3", code) == f"{web.url} {web.url}\n"


def test_node_through_the_proxy_by_hand(proxied_server):
    code = """
        const proxy = new URL(process.env.HTTP_PROXY)
        require('http').get({host: proxy.hostname, port: proxy.port, path: 'http://www.example.com/'}, answer => {
          answer.setEncoding('utf8').on('data', text => console.log(text))
        })
        """
    assert with_network(proxied_server, "nodejs", code) == "GET http://www.example.com/\n"


@pytest.mark.parametrize("language,code", [
    ("python3", "import urllib.request\nurllib.request.urlopen('{url}/x')"),
    ("nodejs", "fetch('{url}/x').catch(error => {{ throw error }})"),
])
def test_no_network_unless_the_request_asks_for_it(server, web, language, code):
    data = data_of(server, language, code.format(url=web.url))
    assert data["exit_code"] != 0 and REFUSED in data["error"] and web.requests == []
    assert denial(data, "socket")["fix"] == "enable_network: true"


def test_imports_of_network_libraries_need_no_network(server):
    code = "import asyncio, email, ftplib, http.client, http.server, imaplib, smtplib, socket, ssl, urllib.request, xmlrpc.client\nprint(1)"
    data = good(server, "python3", code)
    assert (data["stdout"], data["denied"]) == ("1\n", [])
