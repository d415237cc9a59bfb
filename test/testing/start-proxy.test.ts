/** A real server of the kernel's behind startProxy, in real time. */
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import net from 'node:net'
import test from 'ava'
import { startProxy, type TestProxy } from '../../src/testing/testing.ts'
import { echo, endOf, LOOPBACK, next, readAll } from '../proxy/support.ts'

const talk = async ({ host, port }: TestProxy, text: string): Promise<string> => {
  const socket = net.connect(port, host)
  socket.end(text)
  return String(await readAll(socket))
}

const FAST = { initialRto: 50, minRto: 20 }

test('a server behind a bad network: url, link, ladder, explain, pcap, and nothing is left', async t => {
  const { port } = await echo(t)
  const p = await startProxy({ target: `localhost:${port}`, seed: 7, tcp: FAST })
  t.is(p.url, `${p.host}:${p.port}`)
  t.is(await talk(p, 'hello'), 'hello')
  const drop = p.dropNext({ data: true }, 'upstream')
  t.is(await talk(p, 'again'), 'again')
  t.is(drop.dropped, 1)
  t.regex(p.ladder(), /upstream .*Flags \[F?P\.\].* length 5 +→ lost: script/)
  t.regex(p.explain(), /retransmission/)
  t.regex(p.report(), /^seed 7, packets in .*\.pcapng\n/)
  p.link({ loss: '20%' })
  t.is(await talk(p, 'x'.repeat(20_000)), 'x'.repeat(20_000))
  t.true(Object.values(p.show().counters).some(({ lost }) => lost.random > 0))
  await p.close()
  t.false(existsSync(p.pcap))
})

test('a partition holds what is sent until it is healed', async t => {
  const { port } = await echo(t)
  await using p = await startProxy({ target: `127.0.0.1:${port}`, tcp: FAST })
  const socket = net.connect(p.port, p.host)
  socket.write('one')
  t.is(await next(socket), 'one')
  p.partition()
  socket.write('two')
  while (p.show().counters.upstream!.lost.blackhole === 0)
    await new Promise(resolve => setTimeout(resolve, 5))
  p.heal()
  t.is(await next(socket), 'two')
  t.is(p.connections, 1)
  p.reset()
  socket.on('error', () => {})
  t.is(await endOf(socket), 'ECONNRESET')
  await p.down()
  const refused = net.connect(p.port, p.host)
  const [error] = await once(refused, 'error')
  t.is((error as NodeJS.ErrnoException).code, 'ECONNREFUSED')
  await p.up()
  t.is(await talk(p, 'three'), 'three')
})

test('a URL keeps what it has, but for host and port', async t => {
  const { port } = await echo(t)
  await using p = await startProxy({ target: `postgres://me:secret@localhost:${port}/db?x=1` })
  t.is(p.url, `postgres://me:secret@${LOOPBACK}:${p.port}/db?x=1`)
})

test('a failure tells the seed and the ladder, and keeps the packets', async t => {
  const { port } = await echo(t)
  const p = await startProxy({ target: `localhost:${port}`, seed: 'mine' })
  const printed: string[] = []
  await talk(p, 'hello')
  const error = new Error('it failed')
  await t.throwsAsync(
    p.guard(
      () => Promise.reject(error),
      report => printed.push(report),
    ),
    { is: error },
  )
  t.regex(printed[0]!, /^seed "mine".*\n.*upstream/)
  await p.close()
  t.true(statSync(p.pcap).size > 500)
})

test('toxics of Toxiproxy, too', async t => {
  const { port } = await echo(t)
  await using p = await startProxy({ target: `localhost:${port}` })
  p.toxics.add({ type: 'limit_data', attributes: { bytes: 3 } })
  t.is(await talk(p, 'hello'), 'hel')
})

test('a proxy: what is wrong is named', async t => {
  await t.throwsAsync(startProxy({ target: 'localhost' }), { message: /'options\.target'.*HOST:PORT/ })
  await t.throwsAsync(startProxy({ target: 'nothing://' }), { message: /'options\.target'/ })
  await t.throwsAsync(startProxy({} as never), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.throwsAsync(startProxy({ target: 'a:1', sed: 7 } as never), { message: /sed/ })
  await t.throwsAsync(startProxy({ target: 'a:1', link: { los: 1 } as never }), { message: /'los'|los/ })
})
