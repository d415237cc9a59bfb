/**
 * Every toxic, set by Toxiproxy's client for Node, before a real redis and a real postgres: each does what Toxiproxy's README
 * says of it, or what the name of a fault says, to queries that go each way.
 */
import test, { type ExecutionContext } from 'ava'
import { Toxiproxy } from 'toxiproxy-node-client'
import { nodeClock } from '../../src/net/node-clock.ts'
import { serveApi } from '../../src/proxy/api/server.ts'
import { ToxiproxyApi } from '../../src/proxy/api/toxiproxy.ts'
import { STREAMS, type Stream } from '../../src/proxy/lane.ts'
import { Proxies } from '../../src/proxy/proxies.ts'
import type { Session } from '../../src/proxy/session.ts'
import { until } from '../support/namespace-case.ts'
import { testUnless } from '../support/needs.ts'
import { type Client, DATABASES, type Database } from './databases.ts'
import { LOOPBACK } from './support.ts'

/** So long that nobody waits for it: what it holds back comes when the toxic goes. ms */
const AN_HOUR = 3_600_000
const LONG = 'a pattern of bytes '.repeat(3000)

const gone: (() => unknown)[] = []
test.after.always(async () => {
  for (const each of gone.reverse()) await each()
})

const ports = new Map<Database, Promise<number>>()
const portOf = (database: Database): Promise<number> => {
  if (!ports.has(database)) ports.set(database, database.start({ teardown: end => void gone.push(end) }))
  return ports.get(database)!
}

/** A proxy before the database, ordered about by the client of Toxiproxy; and a client of the database. */
class Trial {
  readonly proxies = new Proxies({ clock: nodeClock, seed: 7, tcp: { initialRto: 50, minRto: 20 } })
  proxy!: Awaited<ReturnType<Toxiproxy['createProxy']>>
  readonly #t: ExecutionContext
  readonly #database: Database

  constructor(t: ExecutionContext, database: Database) {
    this.#t = t
    this.#database = database
  }

  async begin(): Promise<this> {
    const server = await serveApi(0, new ToxiproxyApi(this.proxies))
    this.#t.teardown(async () => {
      server.close()
      server.closeAllConnections()
      await this.proxies.close()
    })
    const { port } = server.address() as { port: number }
    this.proxy = await new Toxiproxy(`http://${LOOPBACK}:${port}`).createProxy({
      name: 'p',
      listen: `${LOOPBACK}:0`,
      upstream: `${LOOPBACK}:${await portOf(this.#database)}`,
    })
    return this
  }

  /** A client that has had an answer. */
  async client(): Promise<Client> {
    const client = await this.connect()
    this.#t.is(await client.echo('value'), 'value')
    return client
  }

  connect(): Promise<Client> {
    const { listen } = this.proxy
    return this.#database.connect(this.#t, Number(listen.slice(listen.lastIndexOf(':') + 1)))
  }

  get sessions(): ReadonlySet<Session> {
    return this.proxies.get('p').passage.sessions
  }

  get session(): Session {
    return [...this.sessions][0]!
  }

  counted(stream: Stream): Record<string, number> {
    const { lost, ...counters } = this.proxies.get('p').passage.show().counters[stream]!
    return { ...counters, ...lost }
  }

  add(type: string, stream: Stream, attributes: object, toxicity = 1) {
    return this.proxy.addToxic({ type, stream, toxicity, attributes } as never)
  }
}

type Check = (t: ExecutionContext, trial: Trial, stream: Stream) => Promise<void>

/** A question, or its answer, stays in the toxic until that is gone. */
const held =
  (type: string, attributes: object): Check =>
  async (t, trial, stream) => {
    const client = await trial.client()
    const before = trial.session.bytes[stream]
    const toxic = await trial.add(type, stream, attributes)
    let answered = false
    const answer = client.echo('held').then(text => {
      answered = true
      return text
    })
    await until(() => trial.session.bytes[stream] > before)
    t.false(answered)
    await toxic.remove()
    t.is(await answer, 'held')
  }

/** The client's question has no answer, as the connection is over. */
const ends =
  (type: string, attributes: object): Check =>
  async (t, trial, stream) => {
    const client = await trial.client()
    await trial.add(type, stream, attributes)
    await t.throwsAsync(client.echo('value'))
    await client.closed
  }

/** Packets meet it, those of a query that is long both ways, and every byte arrives. */
const befalls =
  (type: string, attributes: object, counter: string): Check =>
  async (t, trial, stream) => {
    await trial.add(type, stream, attributes)
    const client = await trial.client()
    // Chance may spare the packets of one query.
    for (let n = 0; n === 0 || trial.counted(stream)[counter] === 0; n++) {
      t.true(n < 100, JSON.stringify(trial.counted(stream)))
      t.true((await client.echo(LONG)) === LONG)
    }
  }

const vanish =
  (type: string): Check =>
  async (t, trial, stream) => {
    const client = await trial.client()
    const toxic = await trial.add(type, stream, {})
    const answer = client.echo('late')
    const lost = () => STREAMS.reduce((sum, each) => sum + trial.counted(each).blackhole!, 0)
    await until(() => lost() > 0)
    await toxic.remove()
    t.is(await answer, 'late')
  }

const CHECKS: Readonly<Record<string, Check>> = {
  latency: held('latency', { latency: AN_HOUR, jitter: 0 }),
  bandwidth: held('bandwidth', { rate: 0 }),
  'bandwidth, of some': async (t, trial, stream) => {
    await trial.add('bandwidth', stream, { rate: 1000 })
    const client = await trial.client()
    t.true((await client.echo(LONG)) === LONG)
  },
  slow_close: async (t, trial, stream) => {
    const client = await trial.client()
    const { session } = trial
    const toxic = await trial.add('slow_close', stream, { delay: AN_HOUR })
    let closed = false
    void client.closed.then(() => {
      closed = true
    })
    client.end(stream)
    // The end has come to the toxic.
    await until(() => (stream === 'upstream' ? session.client : session.near).readableEnded)
    if (stream === 'upstream') t.false(session.near.writableEnded)
    else t.false(closed || session.client.writableEnded)
    await toxic.remove()
    await until(() => trial.sessions.size === 0)
    await client.closed
  },
  timeout: ends('timeout', { timeout: 50 }),
  'timeout 0': async (t, trial, stream) => {
    const client = await trial.client()
    const before = trial.session.bytes[stream]
    const toxic = await trial.add('timeout', stream, { timeout: 0 })
    const failed = t.throwsAsync(client.echo('value'))
    await until(() => trial.session.bytes[stream] > before)
    await toxic.remove()
    await failed
    await client.closed
  },
  reset_peer: ends('reset_peer', { timeout: 0 }),
  slicer: async (t, trial, stream) => {
    await trial.add('slicer', stream, { average_size: 100, size_variation: 50, delay: 10 })
    const client = await trial.client()
    const before = trial.counted(stream).entered!
    t.true((await client.echo(LONG)) === LONG)
    t.true(trial.counted(stream).entered! > before)
  },
  limit_data: async (t, trial, stream) => {
    const client = await trial.client()
    const { near, client: outer } = trial.session
    const passed = () =>
      stream === 'upstream' ? near.bytesWritten : (outer as unknown as typeof near).bytesWritten
    const before = passed()
    await trial.add('limit_data', stream, { bytes: 5 })
    await t.throwsAsync(client.echo('value'))
    await client.closed
    t.is(passed() - before, 5)
  },
  toxicity: async (t, trial, stream) => {
    await trial.add('limit_data', stream, { bytes: 0 }, 0.5)
    const fates = await Promise.all(
      Array.from({ length: 12 }, async () => {
        try {
          return await (await trial.connect()).echo('value')
        } catch {
          return 'ended'
        }
      }),
    )
    t.deepEqual([...new Set(fates)].sort(), ['ended', 'value'])
  },
  loss: befalls('loss', { loss: '10%' }, 'random'),
  burst: befalls('burst', { start: '5%', length: 2 }, 'burst'),
  delay: async (t, trial, stream) => {
    await trial.add('delay', stream, { delay: '1ms', jitter: '1ms', keepOrder: false })
    t.true((await (await trial.client()).echo(LONG)) === LONG)
  },
  reorder: befalls('reorder', { reorder: '20%', reorderDelay: '1ms' }, 'reordered'),
  duplicate: befalls('duplicate', { duplicate: '20%' }, 'duplicated'),
  corrupt: befalls('corrupt', { corrupt: '10%' }, 'corrupted'),
  rate: befalls('rate', { rate: '10mbit', queue: '3kB' }, 'queue'),
  mtu: befalls('mtu', { mtu: 576 }, 'mtu'),
  blackhole: vanish('blackhole'),
}

for (const database of DATABASES) {
  const declare = testUnless(database.missing)
  for (const [name, check] of Object.entries(CHECKS))
    for (const stream of STREAMS)
      declare(`${database.name}: ${name}, ${stream}`, async t =>
        check(t, await new Trial(t, database).begin(), stream),
      )
  declare(`${database.name}: partition`, async t =>
    vanish('partition')(t, await new Trial(t, database).begin(), 'upstream'),
  )
  declare(`${database.name}: down, and up again`, async t => {
    const trial = await new Trial(t, database).begin()
    const client = await trial.client()
    const { listen, upstream } = trial.proxy
    await trial.proxy.update({ enabled: false, listen, upstream })
    await client.closed
    await t.throwsAsync(trial.connect())
    await trial.proxy.update({ enabled: true, listen, upstream })
    await trial.client()
  })
}
