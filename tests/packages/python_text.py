# SPDX-License-Identifier: Apache-2.0
"""Python packages for text, languages and formats."""

from program import Program

PROGRAMS = [
    Program("jieba", "cuts Chinese text and finds its key words", """
import jieba, jieba.analyse
print("/".join(jieba.cut("我来到北京清华大学")))
print(jieba.analyse.extract_tags("人工智能改变世界，人工智能", topK=1))
""", "我/来到/北京/清华大学\n['人工智能']\n"),
    Program("pypinyin", "spells Chinese", "from pypinyin import lazy_pinyin\nprint(lazy_pinyin('中文'))", "['zhong', 'wen']\n"),
    Program("zhconv", "turns traditional into simplified", "import zhconv\nprint(zhconv.convert('漢語', 'zh-cn'))", "汉语\n"),
    Program("lunardate", "knows the lunar calendar",
            "from lunardate import LunarDate\nprint(LunarDate.fromSolarDate(2024, 2, 10))", "LunarDate(2024, 1, 1, 0)\n"),
    Program("tiktoken", "encodes with data from a data mount", """
import tiktoken
from tiktoken.load import load_tiktoken_bpe
ranks = load_tiktoken_bpe("{DATA}/bytes.tiktoken")
encoding = tiktoken.Encoding("bytes", pat_str=r"\\w+|\\W", mergeable_ranks=ranks, special_tokens={"<end>": 300})
tokens = encoding.encode("the 文<end>", allowed_special="all")
print(tokens, encoding.decode(tokens))
""", "[257, 32, 230, 150, 135, 300] the 文<end>\n"),
    Program("tokenizers", "loads a tokenizer from a data mount and encodes in parallel", """
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file("{DATA}/tokenizer/tokenizer.json")
print([one.tokens for one in tokenizer.encode_batch(["hello world", "world"])])
""", "[['hello', 'world'], ['world']]\n"),
    Program("transformers", "loads a tokenizer from a data mount", """
from transformers import AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained("{DATA}/tokenizer")
ids = tokenizer("hello world")["input_ids"]
print(ids, tokenizer.decode(ids))
""", "[1, 2] hello world\n"),
    Program("sentencepiece", "trains a small model and encodes", """
import sentencepiece as spm
open("text.txt", "w").write("hello world\\nhello there\\nworld of words\\n" * 20)
spm.SentencePieceTrainer.train(input="text.txt", model_prefix="m", vocab_size=17, num_threads=2, minloglevel=2)
model = spm.SentencePieceProcessor(model_file="m.model")
print(model.decode(model.encode("hello world")))
""", "hello world\n"),
    Program("nltk", "stems and measures, without a download", """
from nltk.stem import PorterStemmer
from nltk.metrics import edit_distance
from nltk.tokenize import wordpunct_tokenize
from nltk.util import ngrams
print(PorterStemmer().stem("running"), edit_distance("kitten", "sitting"), list(ngrams(wordpunct_tokenize("a b c."), 2))[:2])
""", "run 3 [('a', 'b'), ('b', 'c')]\n"),
    Program("rapidfuzz", "finds the nearest string",
            "from rapidfuzz import fuzz, process\nprint(process.extractOne('appel', ['apple', 'pear'], scorer=fuzz.ratio)[0])", "apple\n"),
    Program("beautifulsoup4", "takes a page apart", """
from bs4 import BeautifulSoup
page = BeautifulSoup("<ul><li class=a>一</li><li>二</li></ul>", "html.parser")
print([item.text for item in page.find_all("li")], BeautifulSoup("<p>x", "lxml").select_one("p").text)
""", "['一', '二'] x\n"),
    Program("lxml", "parses, queries and transforms XML", """
from lxml import etree, html
tree = etree.fromstring("<r><a n='1'>x</a><a n='2'>文</a></r>")
print(tree.xpath("//a[@n='2']/text()"), html.fromstring("<p>a<b>c</b></p>").text_content())
sheet = etree.XML('<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:output method="text"/>'
                  '<xsl:template match="/"><xsl:value-of select="count(//a)"/></xsl:template></xsl:stylesheet>')
print(etree.XSLT(sheet)(tree))
""", "['文'] ac\n2\n"),
    Program("xmltodict", "turns XML into a dict", "import xmltodict\nprint(xmltodict.parse('<a><b>1</b></a>'))", "{'a': {'b': '1'}}\n"),
    Program("feedparser", "reads a feed", """
import feedparser
print(feedparser.parse("<rss version='2.0'><channel><title>t</title><item><title>新闻</title></item></channel></rss>").entries[0].title)
""", "新闻\n"),
    Program("html2text", "turns a page into Markdown", "import html2text\nprint(html2text.html2text('<h1>a</h1>').strip())", "# a\n"),
    Program("markdownify", "turns a page into Markdown", "import markdownify\nprint(markdownify.markdownify('<b>a</b>'))", "**a**\n"),
    Program("Markdown", "turns Markdown into a page", """
import markdown
print(markdown.markdown("# 标题\\n\\n|a|\\n|-|\\n|1|", extensions=["tables"])[:11])
""", "<h1>标题</h1>\n"),
    Program("PyYAML", "reads and writes YAML, with the C parser", """
import yaml
print(yaml.load("a: [1, 二]", Loader=yaml.CSafeLoader), yaml.safe_dump({"k": "值"}, allow_unicode=True).strip())
""", "{'a': [1, '二']} k: 值\n"),
    Program("orjson", "writes and reads JSON",
            "import orjson\nprint(orjson.dumps({'a': '文'}).decode(), orjson.loads(b'[1]'))", "{\"a\":\"文\"} [1]\n"),
    Program("ujson", "writes and reads JSON", "import ujson\nprint(ujson.dumps({'a': 1}), ujson.loads('[1]'))", "{\"a\":1} [1]\n"),
    Program("simplejson", "writes decimals", """
import decimal, simplejson
print(simplejson.dumps({"a": decimal.Decimal("1.10")}))
""", "{\"a\": 1.10}\n"),
    Program("msgpack", "packs and unpacks", "import msgpack\nprint(msgpack.unpackb(msgpack.packb({'a': [1]})))", "{'a': [1]}\n"),
    Program("jsonschema", "validates", """
import jsonschema
try:
    jsonschema.validate({"a": "x"}, {"properties": {"a": {"type": "integer"}}})
except jsonschema.ValidationError as error:
    print(error.message)
""", "'x' is not of type 'integer'\n"),
    Program("jsonpath-ng", "queries", """
from jsonpath_ng import parse
print([match.value for match in parse("a[*].b").find({"a": [{"b": 1}, {"b": 2}]})])
""", "[1, 2]\n"),
    Program("chardet", "guesses an encoding",
            "import chardet\nprint(chardet.detect('中文编码检测，这是一段文字'.encode('gbk'))['encoding'].lower())", "gb18030\n"),
    Program("charset-normalizer", "guesses an encoding", """
from charset_normalizer import from_bytes
print(str(from_bytes("déjà vu, où est-ce que nous allons aujourd'hui ? Là-bas, près de la forêt.".encode("utf-8")).best())[:4])
""", "déjà\n"),
    Program("tabulate", "lays out a table", """
from tabulate import tabulate
print(tabulate([["a", 1]], headers=["k", "v"], tablefmt="github").splitlines()[2])
""", "| a   |   1 |\n"),
    Program("rich", "renders a table", """
from rich.console import Console
from rich.table import Table
table = Table("k", "v"); table.add_row("甲", "1")
import io
console = Console(file=io.StringIO(), width=40, record=True); console.print(table)
print("甲" in console.export_text())
""", "True\n"),
    Program("loguru", "logs", """
import sys
from loguru import logger
logger.remove(); logger.add(sys.stdout, format="{level} {message}"); logger.info("hello {}", 1)
""", "INFO hello 1\n"),
    Program("python-dateutil", "reads dates and recurs", """
from dateutil import parser, rrule, tz, relativedelta
start = parser.parse("2024-01-31 10:00 +0800")
print((start + relativedelta.relativedelta(months=1)).date(), start.astimezone(tz.gettz("Europe/Berlin")).hour,
      len(list(rrule.rrule(rrule.DAILY, count=3, dtstart=start))))
""", "2024-02-29 3 3\n"),
    Program("pytz", "knows time zones", """
import datetime, pytz
print(pytz.timezone("Asia/Shanghai").localize(datetime.datetime(2024, 1, 1)).isoformat())
""", "2024-01-01T00:00:00+08:00\n"),
    Program("arrow", "shifts and says dates",
            "import arrow\nprint(arrow.get('2024-01-31').shift(months=1).date(), arrow.get(0).humanize(arrow.get(3600), locale='zh'))",
            "2024-02-29 1小时前\n"),
    Program("pendulum", "computes with dates", """
import pendulum
print(pendulum.datetime(2024, 3, 31, tz="Asia/Shanghai").subtract(months=1).to_date_string())
""", "2024-02-29\n"),
    Program("Faker", "invents a name", """
from faker import Faker
Faker.seed(1); fake = Faker("zh_CN")
print(len(fake.name()) >= 2, "@" in fake.email())
""", "True True\n"),
    Program("Jinja2", "renders a template",
            "from jinja2 import Template\nprint(Template('{% for i in a %}{{ i }},{% endfor %}').render(a=[1, 2]))", "1,2,\n"),
    Program("pydantic", "validates a model", """
from pydantic import BaseModel, Field, ValidationError
class Item(BaseModel):
    name: str
    count: int = Field(gt=0)
print(Item.model_validate_json('{"name": "甲", "count": "2"}'))
try:
    Item(name="x", count=0)
except ValidationError as error:
    print(error.errors()[0]["type"])
""", "name='甲' count=2\ngreater_than\n"),
    Program("tenacity", "tries again", """
import tenacity
tries = []
@tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_fixed(0.01))
def flaky():
    tries.append(1)
    if len(tries) < 3: raise ValueError
    return len(tries)
print(flaky())
""", "3\n"),
]
