/** A browser behind the proxy: SOCKS5, HTTP and WebSockets, at losses. */
import { once } from 'node:events'
import http from 'node:http'
import type net from 'node:net'
import { WebSocketServer } from 'ws'
import { nodeClock } from '../../src/net/node-clock.ts'
import { SocksProxy } from '../../src/proxy/socks/front.ts'
import { launchChromium } from '../support/browser.ts'
import { missingTools, testUnless } from '../support/needs.ts'
import { LOOPBACK } from './support.ts'

/** Long enough for any machine, ms. */
const PATIENCE = 120_000

const PAGE = `<!doctype html><title>behind a bad network</title><p id="said"></p><p id="length"></p>
<script>
  fetch('/long').then(response => response.text()).then(text => (document.querySelector('#length').textContent = text.length))
  const heard = []
  const socket = new WebSocket(location.href.replace('http', 'ws'))
  socket.onopen = () => { for (let n = 0; n < 50; n++) socket.send(String(n)) }
  socket.onmessage = ({ data }) => {
    heard.push(data)
    if (heard.length === 50) document.querySelector('#said').textContent = heard.join()
  }
</script>`

testUnless(missingTools('chromium'))(
  'Chromium through SOCKS5 at losses: a page, a long answer, a WebSocket',
  async t => {
    const server = http.createServer(({ url }, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(url === '/long' ? 'x'.repeat(500_000) : PAGE),
    )
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', socket => socket.on('message', data => socket.send(String(data))))
    server.listen(0, LOOPBACK)
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const socks = new SocksProxy({
      clock: nodeClock,
      seed: 7,
      listen: { host: LOOPBACK, port: 0 },
      login: null,
      tcp: { initialRto: 50, minRto: 20 },
    })
    await socks.start()
    socks.passage.faults.change({ loss: '5%', delay: '2ms' })
    const at = (socks.listen as { port: number }).port
    const browser = await launchChromium({
      proxy: { server: `socks5://${LOOPBACK}:${at}`, bypass: '<-loopback>' },
    })
    try {
      const page = await browser.newPage()
      page.setDefaultTimeout(PATIENCE)
      await page.goto(`http://localhost:${port}/`)
      await page.locator('#length', { hasText: '500000' }).waitFor()
      await page.locator('#said', { hasText: Array.from({ length: 50 }, (_, n) => n).join() }).waitFor()
      const { upstream, downstream } = socks.passage.show().counters
      t.true(upstream!.lost.random + downstream!.lost.random > 0)
    } finally {
      await browser.close()
      for (const socket of sockets.clients) socket.terminate()
      server.close()
      server.closeAllConnections()
      await socks.close()
    }
  },
)
