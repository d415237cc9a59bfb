/** The live view of tuntcp proxy: both hosts of each connection, what the path between them loses, and its orders. */
import net from 'node:net'
import test from 'ava'
import { tuntcp, withDirectory } from '../cli/program.ts'
import { echo, endOf, LOOPBACK, next } from '../proxy/support.ts'
import { ask, eventsOf, hear, states } from './live-page.ts'

test('tuntcp proxy --ui: both ends of a connection, losses, faults, a reset; proxies that come later too', async t => {
  await withDirectory(async () => {
    const target = await echo(t)
    const upstream = `${LOOPBACK}:${target.port}`
    const program = tuntcp(['proxy', 'a=0', upstream, '--ui', '0', '--api', '0'])
    t.teardown(() => program.process.kill('SIGKILL'))
    const [, address] = await program.prints(/live at (http:\S+)/)
    const [, api] = await program.prints(/orders at (http:\S+)/)
    const [, port] = await program.prints(/forwards 127\.0\.0\.1:(\d+)/)
    const url = new URL(address!)
    const about = { url, token: url.searchParams.get('token')! }
    const order = async (given: unknown) => {
      const options = { method: 'POST', headers: { authorization: `Bearer ${about.token}` } }
      const { status, text } = await ask(url, '/orders', options, JSON.stringify(given))
      return { status, ...JSON.parse(text) }
    }
    const client = net.connect(Number(port), LOOPBACK)
    t.teardown(() => client.destroy())
    client.write('hello')
    t.is(await next(client), 'hello')
    t.like(await order({ do: 'set', faults: { delay: '1ms' } }), {
      status: 200,
      faults: { upstream: { delay: '1ms' }, downstream: { delay: '1ms' } },
    })
    await order({ do: 'drop-next', data: true, direction: 'upstream' })
    client.write('again')
    t.is(await next(client), 'again')
    const all = await hear(about, null, ({ event }) => event === 'connections')
    const { connections } = JSON.parse(all.at(-1)!.data) as { connections: { host: number; state: string }[] }
    t.deepEqual(
      connections
        .filter(({ state }) => state === 'ESTABLISHED')
        .map(({ host }) => host)
        .sort(),
      [0, 1],
    )
    const events = eventsOf(all)
    t.deepEqual(
      [0, 1].map(host => states(events.filter(e => e.host === host)).includes('ESTABLISHED')),
      [true, true],
    )
    const losses = events.filter(e => e.kind === 'loss')
    t.is(losses.length, 1)
    t.like(losses[0], { host: 0, direction: 'out' })
    t.like(await order({ do: 'options', tcp: { minRto: 321 } }), { status: 200 })
    const end = endOf(client)
    t.like(await order({ do: 'reset' }), { status: 200, reset: 2 })
    t.is(await end, 'ECONNRESET')

    const made = await fetch(`${api}/proxies`, {
      method: 'POST',
      body: JSON.stringify({ name: 'b', listen: 'localhost:0', upstream }),
    })
    const { listen } = (await made.json()) as { listen: string }
    await fetch(`${api}/proxies/a`, { method: 'DELETE' })
    const later = net.connect(Number(listen.split(':')[1]), LOOPBACK)
    t.teardown(() => later.destroy())
    later.write('later')
    t.is(await next(later), 'later')
    const now = await hear(about, null, ({ event }) => event === 'connections')
    t.is(JSON.parse(now.find(({ event }) => event === 'settings')!.data).options.minRto, 321)
    const there = JSON.parse(now.at(-1)!.data).connections as { state: string }[]
    t.is(there.filter(({ state }) => state === 'ESTABLISHED').length, 2)
    program.process.kill('SIGTERM')
    t.is((await program.finished).code, 0)
  })
})
