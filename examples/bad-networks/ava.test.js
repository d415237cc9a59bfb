import http from 'node:http'
import { text } from 'node:stream/consumers'
import test from 'ava'
import { createNetwork } from 'tuntcp/testing'

/** The program under test: an answer that breaks off is asked for again. */
const get = async (options, tries = 3) => {
  try {
    return await new Promise((resolve, reject) => {
      http.get(options, response => text(response).then(resolve, reject)).on('error', reject)
    })
  } catch (error) {
    if (tries === 1) throw error
    return get(options, tries - 1)
  }
}

const PAGE = 'x'.repeat(200_000)

test.beforeEach(t => {
  const net = createNetwork({ seed: t.title, link: { delay: '2ms', rate: '20mbit' } })
  const [client, server] = [net.host('client'), net.host('server')]
  const web = http.createServer((_request, response) => response.end(PAGE))
  server.serve(web, { port: 80 })
  t.context = { net, client, server, web, options: { host: 'server', createConnection: client.connect } }
})
test.afterEach.always(t => t.context.net.close())

test('an answer that is reset on its way is asked for again', async t => {
  const { net, web, options } = t.context
  let connections = 0
  web.on('connection', socket => {
    if (++connections === 1) setTimeout(() => net.reset(socket), 20)
  })
  t.is(await get(options), PAGE)
  t.is(connections, 2)
})

test('three resets are enough', async t => {
  const { net, web, options } = t.context
  web.on('connection', socket => setTimeout(() => net.reset(socket), 20))
  await t.throwsAsync(get(options), { code: 'ECONNRESET' })
})

test('the page comes whole though the link is bad', async t => {
  const { net, options } = t.context
  net.link({ loss: '2%', jitter: '1ms', reorder: '1%', duplicate: '1%' })
  const lost = net.dropNext({ data: true, count: 2 })
  await net.guard(async () => t.is(await get(options), PAGE))
  t.is(lost.dropped, 2)
})
