# SPDX-License-Identifier: Apache-2.0
"""Node.js packages, with require and, where it is an ES module or both, with import."""

from program import Program

PROGRAMS = [
    Program("lodash", "groups, chunks, merges", """
const _ = require('lodash'), map = require('lodash/fp/map')
console.log(_.groupBy([1.2, 1.8, 2.1], Math.floor), _.chunk([1, 2, 3], 2), map((n) => n * 2, [1]))
""", "{ '1': [ 1.2, 1.8 ], '2': [ 2.1 ] } [ [ 1, 2 ], [ 3 ] ] [ 2 ]\n"),
    Program("dayjs", "formats in a time zone, with plugins", """
const dayjs = require('dayjs')
dayjs.extend(require('dayjs/plugin/utc')); dayjs.extend(require('dayjs/plugin/timezone')); require('dayjs/locale/zh-cn')
console.log(dayjs('2024-01-31T00:00:00Z').tz('Asia/Shanghai').format('YYYY-MM-DD HH:mm'), dayjs('2024-05-01').locale('zh-cn').format('MMMM'))
""", "2024-01-31 08:00 五月\n"),
    Program("axios", "asks a server, many times at once", """
const axios = require('axios')
Promise.all([1, 2, 3].map((n) => axios.get('{HTTP}/p', { params: { n } }))).then(async (replies) => {
  console.log(replies.map((reply) => reply.data))
  console.log((await axios.post('{HTTP}/q', { a: 1 })).data)
})
""", "[ 'GET /p?n=1', 'GET /p?n=2', 'GET /p?n=3' ]\nPOST /q {\"a\":1}\n", network=True),
    Program("axios (import)", "asks a server over TLS", """
import axios from 'axios'
import fs from 'fs'
import https from 'https'
const httpsAgent = new https.Agent({ ca: fs.readFileSync('{DATA}/ca.pem') })
console.log((await axios.get('{HTTPS}/p', { httpsAgent })).data)
""", "GET /p\n", network=True),
    Program("zod", "validates", """
const { z } = require('zod')
const Item = z.object({ name: z.string(), count: z.coerce.number().positive() })
console.log(Item.parse({ name: '甲', count: '2' }), Item.safeParse({ name: 'x', count: 0 }).success)
""", "{ name: '甲', count: 2 } false\n"),
    Program("cheerio", "takes a page apart", """
const cheerio = require('cheerio')
const $ = cheerio.load('<ul><li class="a">一</li><li>二</li></ul>')
console.log($('li').map((i, e) => $(e).text()).get(), $('.a').attr('class'))
""", "[ '一', '二' ] a\n"),
    Program("csv-parse", "reads CSV, with require", """
const { parse } = require('csv-parse/sync')
console.log(parse('a,b\\n1,"二, 2"\\n', { columns: true }))
""", "[ { a: '1', b: '二, 2' } ]\n"),
    Program("csv-parse (import)", "reads a stream of CSV", """
import { parse } from 'csv-parse'
import { Readable } from 'stream'
for await (const row of Readable.from(['a,b\\n', '1,2\\n']).pipe(parse({ columns: true }))) console.log(row)
""", "{ a: '1', b: '2' }\n"),
    Program("crypto-js", "hashes and encrypts", """
const CryptoJS = require('crypto-js')
console.log(CryptoJS.MD5('a').toString(), CryptoJS.AES.decrypt(CryptoJS.AES.encrypt('文', 'key').toString(), 'key').toString(CryptoJS.enc.Utf8))
""", "0cc175b9c0f1b6a831c399e269772661 文\n"),
    Program("uuid (import)", "makes ids", """
import { v4, v5, validate } from 'uuid'
console.log(validate(v4()), v5('a', v5.URL))
""", "true e1407479-3136-56c0-9908-bb02fb0339e2\n"),
    Program("uuid-cjs", "uuid of the line that has CommonJS, makes ids with require", """
const { v4, validate } = require('uuid-cjs')
console.log(validate(v4()))
""", "true\n"),
    Program("marked", "turns Markdown into a page", "const { marked } = require('marked')\nconsole.log(marked.parse('# 标题').trim())",
            "<h1>标题</h1>\n"),
    Program("ajv", "validates against a schema", """
const Ajv = require('ajv')
const validate = new Ajv().compile({ type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] })
console.log(validate({ a: 1 }), validate({ a: 'x' }), validate.errors[0].message)
""", "true false must be integer\n"),
    Program("date-fns", "computes with dates", """
const { addMonths, format } = require('date-fns'), { zhCN } = require('date-fns/locale')
console.log(format(addMonths(new Date(2024, 0, 31), 1), 'yyyy-MM-dd EEEE', { locale: zhCN }))
""", "2024-02-29 星期四\n"),
    Program("date-fns (import)", "computes with dates", """
import { differenceInDays } from 'date-fns'
console.log(differenceInDays(new Date(2024, 2, 1), new Date(2024, 1, 1)))
""", "29\n"),
    Program("luxon", "formats in a time zone", """
const { DateTime } = require('luxon')
console.log(DateTime.fromISO('2024-01-31T00:00:00Z').setZone('Asia/Shanghai').toFormat('yyyy-MM-dd HH:mm'))
""", "2024-01-31 08:00\n"),
    Program("moment", "formats", "const moment = require('moment')\nconsole.log(moment.utc(0).locale('zh-cn').format('LL'))", "1970年1月1日\n"),
    Program("mathjs", "computes", """
const math = require('mathjs')
console.log(math.evaluate('det([1, 2; 3, 4])'), math.derivative('x^2', 'x').toString(), math.unit('1 km').to('m').toString())
""", "-2 2 * x 1000 m\n"),
    Program("decimal.js", "adds exactly", "const D = require('decimal.js')\nconsole.log(new D('0.1').plus('0.2').toString())", "0.3\n"),
    Program("exceljs", "writes and reads a workbook", """
const { Workbook } = require('exceljs')
async function main() {
  const book = new Workbook(); book.addWorksheet('表').addRow(['名', 1]); await book.xlsx.writeFile('b.xlsx')
  const again = new Workbook(); await again.xlsx.readFile('b.xlsx'); console.log(again.getWorksheet('表').getCell('A1').value)
}
main()
""", "名\n"),
    Program("jszip", "packs and unpacks", """
const JSZip = require('jszip')
const zip = new JSZip(); zip.file('a.txt', '文')
zip.generateAsync({ type: 'nodebuffer' }).then((data) => JSZip.loadAsync(data)).then((z) => z.file('a.txt').async('string')).then(console.log)
""", "文\n"),
    Program("pdf-lib", "makes a PDF", """
const { PDFDocument } = require('pdf-lib')
PDFDocument.create().then((pdf) => { pdf.addPage([100, 100]); return pdf.save() }).then((data) => console.log(Buffer.from(data.slice(0, 5)).toString()))
""", "%PDF-\n"),
    Program("jsonwebtoken", "signs and reads a token", """
const jwt = require('jsonwebtoken')
console.log(jwt.verify(jwt.sign({ a: 1 }, 'secret', { noTimestamp: true }), 'secret'))
""", "{ a: 1 }\n"),
    Program("bcryptjs", "hashes a password", "const b = require('bcryptjs')\nconsole.log(b.compareSync('p', b.hashSync('p', 4)))", "true\n"),
    Program("fast-xml-parser", "reads XML", """
const { XMLParser, XMLBuilder } = require('fast-xml-parser')
console.log(new XMLParser().parse('<a><b>1</b><c>文</c></a>'), new XMLBuilder().build({ a: 1 }))
""", "{ a: { b: 1, c: '文' } } <a>1</a>\n"),
    Program("yaml", "reads and writes YAML", "const YAML = require('yaml')\nconsole.log(YAML.parse('a: [1, 二]'), YAML.stringify({ k: 1 }).trim())",
            "{ a: [ 1, '二' ] } k: 1\n"),
    Program("nanoid (import)", "makes ids", "import { nanoid, customAlphabet } from 'nanoid'\nconsole.log(nanoid().length, customAlphabet('a', 3)())", "21 aaa\n"),
    Program("handlebars", "renders a template", "const H = require('handlebars')\nconsole.log(H.compile('{{#each a}}{{this}},{{/each}}')({ a: [1, 2] }))",
            "1,2,\n"),
    Program("mustache", "renders a template", "const M = require('mustache')\nconsole.log(M.render('{{#a}}{{.}},{{/a}}', { a: [1, 2] }))", "1,2,\n"),
    Program("iconv-lite", "writes and reads GBK", "const i = require('iconv-lite')\nconsole.log(i.encode('中文', 'gbk').length, i.decode(i.encode('中文', 'gbk'), 'gbk'))",
            "4 中文\n"),
    Program("papaparse", "reads CSV", "const Papa = require('papaparse')\nconsole.log(Papa.parse('a,b\\n1,2', { header: true, dynamicTyping: true }).data)",
            "[ { a: 1, b: 2 } ]\n"),
    Program("qs", "reads a query", "const qs = require('qs')\nconsole.log(qs.parse('a[b]=1&c=2'))", "{ a: { b: '1' }, c: '2' }\n"),
    Program("validator", "validates", "const v = require('validator')\nconsole.log(v.isEmail('a@example.com'), v.isURL('x'))", "true false\n"),
    Program("form-data", "builds a form", "const F = require('form-data')\nconst f = new F(); f.append('a', '1'); console.log(f.getBuffer().toString().includes('name=\"a\"'))",
            "true\n"),
    Program("undici", "asks a server", """
const { request } = require('undici')
request('{HTTP}/p').then(async ({ statusCode, body }) => console.log(statusCode, await body.text()))
""", "200 GET /p\n", network=True),
    Program("node-fetch (import)", "asks a server", "import fetch from 'node-fetch'\nconsole.log(await (await fetch('{HTTP}/p')).text())", "GET /p\n",
            network=True),
    Program("ws", "serves and talks to itself", """
const { WebSocket, WebSocketServer } = require('ws')
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => {
  const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}`)
  socket.on('open', () => socket.send('hello')); socket.on('message', (text) => { console.log(String(text)); socket.close(); server.close() })
})
server.on('connection', (peer) => peer.on('message', (text) => peer.send(String(text).toUpperCase())))
""", "HELLO\n", network=True),
]
