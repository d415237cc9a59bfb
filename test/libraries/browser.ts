/** Chromium and an express server that is on a stack: what pages do to a server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import express from 'express'
import { chromium } from 'playwright-core'
import { WebSocketServer } from 'ws'
import { programPath } from '../support/program-path.ts'
import { pattern } from './worlds.ts'

/** Long enough for any machine, ms. */
const PATIENCE = 120_000

const BYTES = pattern(200_000)
const PARTS = Array.from({ length: 12 }, (_, n) => n)

/** Twelve scripts at once, a body there and back, an answer in pieces, events of the server, a WebSocket, a form, a redirect. */
const PAGE = `<!doctype html><title>loading</title>
${PARTS.map(n => `<script async src="/part/${n}.js"></script>`).join('\n')}
<form action="/moved" method="post"><input name="word" value="hello"><button>send</button></form>
<script type="module">
  const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i])
  const bytesOf = async response => new Uint8Array(await response.arrayBuffer())
  const bytes = await bytesOf(await fetch('/bytes'))
  const echoed = await bytesOf(await fetch('/echo', { method: 'POST', body: bytes }))
  const piece = await bytesOf(await fetch('/bytes', { headers: { range: 'bytes=1000-1999' } }))
  const pieces = await (await fetch('/pieces')).text()
  const events = await new Promise(resolve => {
    const source = new EventSource('/events')
    const heard = []
    source.onmessage = ({ data }) => {
      heard.push(data)
      if (data === 'last') {
        source.close()
        resolve(heard)
      }
    }
  })
  const answer = await new Promise(resolve => {
    const socket = new WebSocket('ws://' + location.host + '/socket')
    socket.onopen = () => socket.send(bytes)
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) => {
      socket.close()
      resolve(new Uint8Array(data))
    }
  })
  const cut = await fetch('/cut').then(response => response.text()).then(() => 'whole', () => 'cut')
  window.found = {
    bytes: bytes.length,
    echoed: same(bytes, echoed),
    piece: same(piece, bytes.subarray(1000, 2000)),
    pieces,
    events,
    answered: same(bytes, answer),
    cut,
  }
  document.title = 'loaded'
</script>`

const application = (): http.Server => {
  const app = express()
  app.get('/', (_request, response) => void response.type('html').send(PAGE))
  app.get('/part/:n.js', (request, response) => {
    const { n } = request.params
    response.type('js').send(`(window.parts ??= []).push(${Number(n)}) // ${'x'.repeat(20_000)}`)
  })
  app.get('/bytes', (request, response) => {
    const [range] = [request.range(BYTES.length)].flat() as { start: number; end: number }[]
    if (typeof range === 'object') response.status(206).send(BYTES.subarray(range.start, range.end + 1))
    else response.send(BYTES)
  })
  app.post('/echo', express.raw({ type: () => true, limit: '1mb' }), (request, response) => {
    response.send(request.body)
  })
  app.get('/pieces', async (_request, response) => {
    for (const word of ['one ', 'two ', 'three']) {
      response.write(word)
      await new Promise(resolve => setImmediate(resolve))
    }
    response.end()
  })
  app.get('/events', async (_request, response) => {
    response.type('text/event-stream')
    for (const word of ['first', 'second', 'last']) {
      response.write(`data: ${word}\n\n`)
      await new Promise(resolve => setImmediate(resolve))
    }
  })
  app.get('/cut', (_request, response) => {
    response.set('content-length', '1000').write('x', () => response.destroy())
  })
  app.post('/moved', (_request, response) => response.redirect('/done'))
  app.get('/done', (request, response) => {
    response.type('html').send(`<!doctype html><title>done</title><p>${request.socket.remoteAddress}</p>`)
  })
  const server = http.createServer(app)
  new WebSocketServer({ server, path: '/socket' }).on('connection', socket =>
    socket.on('message', data => socket.send(data)),
  )
  return server
}

/** The same pages on a good network, and on a bad one. */
export const withChromium = async (host: string, worsen: () => void): Promise<void> => {
  const server = application().listen(80)
  await once(server, 'listening')
  const { _handle } = server as unknown as { _handle: object }
  assert.equal(_handle.constructor.name, 'ServerHandle')
  const browser = await chromium.launch({
    executablePath: programPath('chromium')!,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  })
  try {
    const visit = async () => {
      // Nothing is kept from one visit to the next.
      const context = await browser.newContext()
      const page = await context.newPage()
      page.setDefaultTimeout(PATIENCE)
      const troubles: string[] = []
      page.on('pageerror', error => troubles.push(error.message))
      await page.goto(`http://${host}/`)
      await page.waitForFunction("document.title === 'loaded'")
      await page.waitForFunction(`window.parts?.length === ${PARTS.length}`)
      assert.deepEqual(await page.evaluate('window.found'), {
        bytes: BYTES.length,
        echoed: true,
        piece: true,
        pieces: 'one two three',
        events: ['first', 'second', 'last'],
        answered: true,
        cut: 'cut',
      })
      await page.click('button')
      await page.waitForFunction("document.title === 'done'")
      assert.match((await page.textContent('p'))!, /192\.0\.2\.1$/)
      assert.deepEqual(troubles, [])
      await context.close()
    }
    await visit()
    worsen()
    await visit()
  } finally {
    await browser.close()
  }
}
