# SPDX-License-Identifier: Apache-2.0
"""Python packages for documents, databases, secrets, and services that are reached over a network."""

from program import Program

PROGRAMS = [
    Program("openpyxl", "writes and reads a workbook", """
import openpyxl
book = openpyxl.Workbook(); book.active.append(["名", 1]); book.active["C1"] = "=B1*2"; book.save("b.xlsx")
print([[cell.value for cell in row] for row in openpyxl.load_workbook("b.xlsx").active])
""", "[['名', 1, '=B1*2']]\n"),
    Program("XlsxWriter", "writes a workbook with a chart", """
import xlsxwriter
book = xlsxwriter.Workbook("b.xlsx"); sheet = book.add_worksheet(); sheet.write_column("A1", [1, 2])
chart = book.add_chart({"type": "line"}); chart.add_series({"values": "=Sheet1!$A$1:$A$2"}); sheet.insert_chart("C1", chart)
book.close(); print(open("b.xlsx", "rb").read(2))
""", "b'PK'\n"),
    Program("python-docx", "writes and reads a document", """
from docx import Document
document = Document(); document.add_heading("标题", 1); document.add_table(1, 2); document.save("d.docx")
print(Document("d.docx").paragraphs[0].text, len(Document("d.docx").tables))
""", "标题 1\n"),
    Program("python-pptx", "writes and reads slides", """
from pptx import Presentation
slides = Presentation(); slide = slides.slides.add_slide(slides.slide_layouts[0]); slide.shapes.title.text = "标题"
slides.save("s.pptx"); print(Presentation("s.pptx").slides[0].shapes.title.text)
""", "标题\n"),
    Program("reportlab", "draws a PDF with Chinese text", """
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas
pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
page = canvas.Canvas("p.pdf"); page.setFont("STSong-Light", 12); page.drawString(72, 700, "标题"); page.save()
print(open("p.pdf", "rb").read(5))
""", "b'%PDF-'\n"),
    Program("pypdf", "joins pages and reads them", """
import pypdf
writer = pypdf.PdfWriter(); writer.add_blank_page(100, 100); writer.add_blank_page(100, 200); writer.encrypt("key", algorithm="AES-256")
writer.write("p.pdf")
reader = pypdf.PdfReader("p.pdf", password="key"); print(len(reader.pages), reader.pages[1].mediabox.height)
""", "2 200.0\n"),
    Program("qrcode", "draws a QR code",
            "import qrcode\nqrcode.make('https://example.com').save('q.png')\nprint(open('q.png', 'rb').read(4))", "b'\\x89PNG'\n"),
    Program("SQLAlchemy", "maps classes to SQLite", """
from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
class Base(DeclarativeBase): pass
class User(Base):
    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(9))
engine = create_engine("sqlite:///data.db"); Base.metadata.create_all(engine)
with Session(engine) as session:
    session.add_all([User(name="甲"), User(name="乙")]); session.commit()
    print(session.scalars(select(User.name).order_by(User.id)).all())
""", "['甲', '乙']\n"),
    Program("cryptography", "encrypts, signs, makes a certificate's key", """
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
key = Fernet.generate_key(); print(Fernet(key).decrypt(Fernet(key).encrypt(b"x")))
private = ec.generate_private_key(ec.SECP256R1()); signature = private.sign(b"data", ec.ECDSA(hashes.SHA256()))
private.public_key().verify(signature, b"data", ec.ECDSA(hashes.SHA256())); print(len(ed25519.Ed25519PrivateKey.generate().sign(b"")))
""", "b'x'\n64\n"),
    Program("pycryptodome", "encrypts with AES and RSA", """
from Crypto.Cipher import AES, PKCS1_OAEP
from Crypto.PublicKey import RSA
cipher = AES.new(b"k" * 16, AES.MODE_GCM, nonce=b"n" * 12); text, tag = cipher.encrypt_and_digest(b"text")
print(AES.new(b"k" * 16, AES.MODE_GCM, nonce=b"n" * 12).decrypt_and_verify(text, tag))
key = RSA.generate(1024); print(PKCS1_OAEP.new(key).decrypt(PKCS1_OAEP.new(key).encrypt(b"x")))
""", "b'text'\nb'x'\n"),
    Program("gmssl", "hashes with SM3", "from gmssl import func, sm3\nprint(sm3.sm3_hash(func.bytes_to_list(b'abc'))[:8])", "66c7f0f4\n"),
    Program("PyJWT", "signs and reads a token", """
import jwt
print(jwt.decode(jwt.encode({"a": 1}, "k" * 32, algorithm="HS256"), "k" * 32, algorithms=["HS256"]))
""", "{'a': 1}\n"),
    Program("protobuf", "writes and reads a message", """
from google.protobuf import json_format, struct_pb2
value = struct_pb2.Struct(); value.update({"a": [1, "二"]})
print(json_format.MessageToDict(struct_pb2.Struct.FromString(value.SerializeToString())))
""", "{'a': [1.0, '二']}\n"),
    Program("requests", "asks a server over TLS, many times at once", """
import concurrent.futures, requests
session = requests.Session(); session.verify = "{DATA}/ca.pem"
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    print(list(pool.map(lambda n: session.get("{HTTPS}/p", params={"n": n}).text, range(3))))
print(session.post("{HTTPS}/q", json={"a": 1}, timeout=3).text)
""", "['GET /p?n=0', 'GET /p?n=1', 'GET /p?n=2']\nPOST /q {\"a\": 1}\n", network=True),
    Program("httpx", "asks a server over TLS, with and without asyncio", """
import asyncio, httpx, ssl
context = ssl.create_default_context(cafile="{DATA}/ca.pem")
print(httpx.get("{HTTPS}/p", verify=context).text)
async def ask():
    async with httpx.AsyncClient(verify=context) as client:
        print([one.text for one in await asyncio.gather(*(client.get("{HTTPS}/" + n) for n in "ab"))])
asyncio.run(ask())
""", "GET /p\n['GET /a', 'GET /b']\n", network=True),
    Program("aiohttp", "serves and asks itself", """
import asyncio
from aiohttp import ClientSession, web
async def main():
    app = web.Application(); app.router.add_get("/{name}", lambda request: web.json_response({"hello": request.match_info["name"]}))
    runner = web.AppRunner(app); await runner.setup(); site = web.TCPSite(runner, "127.0.0.1", 0); await site.start()
    async with ClientSession() as session, session.get(f"http://127.0.0.1:{runner.addresses[0][1]}/x") as reply:
        print(await reply.json())
    await runner.cleanup()
asyncio.run(main())
""", "{'hello': 'x'}\n", network=True),
    Program("websockets", "serves and talks to itself", """
import asyncio, websockets
async def echo(socket):
    async for text in socket: await socket.send(text.upper())
async def main():
    async with websockets.serve(echo, "127.0.0.1", 0) as server:
        async with websockets.connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}") as socket:
            await socket.send("hello"); print(await socket.recv())
asyncio.run(main())
""", "HELLO\n", network=True),
    Program("grpcio", "serves and calls itself", """
import concurrent.futures, grpc
class Echo(grpc.GenericRpcHandler):
    def service(self, call): return grpc.unary_unary_rpc_method_handler(lambda request, context: request[::-1])
server = grpc.server(concurrent.futures.ThreadPoolExecutor(2)); server.add_generic_rpc_handlers([Echo()])
port = server.add_insecure_port("127.0.0.1:0"); server.start()
with grpc.insecure_channel(f"127.0.0.1:{port}") as channel: print(channel.unary_unary("/a/b")(b"abc", timeout=3))
server.stop(None).wait()
""", "b'cba'\n", network=True),
    Program("openai", "asks a server that speaks its protocol", """
import openai
client = openai.OpenAI(base_url="{HTTP}/v1", api_key="k")
print(client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}]).choices[0].message.content)
""", "hello\n", network=True),
    Program("lark-oapi", "gets a token from a server that speaks its protocol", """
import lark_oapi as lark
from lark_oapi.api.auth.v3 import InternalTenantAccessTokenRequest, InternalTenantAccessTokenRequestBody
client = lark.Client.builder().app_id("a").app_secret("s").domain("{HTTP}").build()
body = InternalTenantAccessTokenRequestBody.builder().app_id("a").app_secret("s").build()
reply = client.auth.v3.tenant_access_token.internal(InternalTenantAccessTokenRequest.builder().request_body(body).build())
print(reply.code, reply.success())
""", "0 True\n", network=True),
    Program("boto3", "puts an object into a server that speaks its protocol", """
import boto3
s3 = boto3.client("s3", endpoint_url="{HTTP}", region_name="r", aws_access_key_id="a", aws_secret_access_key="s")
print(s3.put_object(Bucket="b", Key="k", Body=b"x")["ResponseMetadata"]["HTTPStatusCode"],
      "X-Amz-Signature" in s3.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"}))
""", "200 True\n", network=True),
    Program("redis", "tells that no server answers", """
import redis
try:
    redis.Redis(port={CLOSED}, socket_timeout=1, retry=None).ping()
except redis.ConnectionError as error:
    print("refused" in str(error))
""", "True\n", network=True),
    Program("PyMySQL", "tells that no server answers", """
import pymysql
try:
    pymysql.connect(host="127.0.0.1", port={CLOSED}, user="u", connect_timeout=1)
except pymysql.OperationalError as error:
    print(error.args[0], "refused" in str(error))
""", "2003 True\n", network=True),
    Program("psycopg", "tells that no server answers, with the binary library", """
import psycopg
try:
    psycopg.connect("host=127.0.0.1 port={CLOSED} connect_timeout=1")
except psycopg.OperationalError as error:
    print(psycopg.pq.__impl__, "refused" in str(error))
""", "binary True\n", network=True),
    Program("pymongo", "tells that no server answers", """
import bson, pymongo
try:
    pymongo.MongoClient("127.0.0.1", {CLOSED}, serverSelectionTimeoutMS=300).admin.command("ping")
except pymongo.errors.ServerSelectionTimeoutError as error:
    print("refused" in str(error), bson.decode(bson.encode({"a": 1})))
""", "True {'a': 1}\n", network=True),
    Program("PySocks", "tells that no proxy answers", """
import socks
connection = socks.socksocket(); connection.set_proxy(socks.SOCKS5, "127.0.0.1", {CLOSED}); connection.settimeout(1)
try:
    connection.connect(("127.0.0.1", 1))
except socks.ProxyConnectionError as error:
    print("refused" in str(error))
""", "True\n", network=True),
]
