/** Real servers, redis and postgres, behind the proxy, under Toxiproxy's toxics and those of packets. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import pg from 'pg'
import { startProxy } from '../../src/testing/testing.ts'
import { missingTools, testUnless } from '../support/needs.ts'
import { POSTGRES } from '../support/real-servers.ts'
import { postgresServer, redisServer } from './servers.ts'
import { LOOPBACK } from './support.ts'

const FAST = { initialRto: 50, minRto: 20 }
const BAD = { loss: '3%', reorder: '5%', reorderDelay: '2ms', duplicate: '2%', corrupt: '2%' } as const
const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

testUnless(missingTools('redis-server'))(
  'redis: values are what they were, whatever befalls packets',
  async t => {
    await using p = await startProxy({
      target: `${LOOPBACK}:${await redisServer(t)}`,
      seed: 7,
      link: BAD,
      tcp: FAST,
    })
    const redis = new Redis({ host: p.host, port: p.port, lazyConnect: true })
    await redis.connect()
    const value = randomBytes(1 << 20)
    await redis.set('key', value)
    t.is(sha((await redis.getBuffer('key'))!), sha(value))
    const answers = await Promise.all(Array.from({ length: 200 }, () => redis.incr('count')))
    t.deepEqual(
      answers,
      Array.from({ length: 200 }, (_, n) => n + 1),
    )
    redis.disconnect()
  },
)

testUnless(missingTools('redis-server'))('redis: each toxic does what Toxiproxy says of it', async t => {
  await using p = await startProxy({ target: `${LOOPBACK}:${await redisServer(t)}`, seed: 7 })
  const fresh = async (): Promise<Redis> => {
    const redis = new Redis({
      host: p.host,
      port: p.port,
      lazyConnect: true,
      retryStrategy: null as never,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
    })
    redis.on('error', () => {})
    await redis.connect()
    await redis.set('key', 'value')
    return redis
  }
  const elapsed = async (redis: Redis): Promise<number> => {
    const start = performance.now()
    t.is(await redis.get('key'), 'value')
    return performance.now() - start
  }
  for (const [toxic, check] of [
    [
      { type: 'latency', attributes: { latency: 150 } },
      async (redis: Redis) => t.true((await elapsed(redis)) >= 149),
    ],
    [
      { type: 'bandwidth', attributes: { rate: 100 } },
      async (redis: Redis) => {
        await redis.set('long', 'x'.repeat(20_000))
        const start = performance.now()
        t.is((await redis.get('long'))!.length, 20_000)
        t.true(performance.now() - start >= 190)
      },
    ],
    [
      { type: 'slicer', attributes: { average_size: 2, size_variation: 1, delay: 10 } },
      async (redis: Redis) => t.true((await elapsed(redis)) >= 0),
    ],
    [
      { type: 'timeout', attributes: { timeout: 50 } },
      async (redis: Redis) =>
        t.throwsAsync(redis.get('key'), { message: /[Cc]onnection is closed|max retries/ }),
    ],
    [
      { type: 'reset_peer', stream: 'upstream', attributes: { timeout: 0 } },
      async (redis: Redis) => t.throwsAsync(redis.get('key')),
    ],
    [
      { type: 'limit_data', attributes: { bytes: 3 } },
      async (redis: Redis) => t.throwsAsync(redis.get('key')),
    ],
    [
      { type: 'slow_close', attributes: { delay: 50 } },
      async (redis: Redis) => {
        const start = performance.now()
        const end = once(redis, 'close')
        t.is(await redis.quit(), 'OK')
        await end
        t.true(performance.now() >= start)
      },
    ],
  ] as const) {
    const redis = await fresh()
    p.toxics.add(toxic)
    await check(redis)
    p.toxics.clear()
    redis.disconnect()
  }
  await p.down()
  const refused = new Redis({ host: p.host, port: p.port, lazyConnect: true, retryStrategy: null as never })
  refused.on('error', () => {})
  await t.throwsAsync(refused.connect())
})

testUnless(missingTools(...POSTGRES))(
  'postgres: queries and their rows, at losses; a partition; a pool that reconnects',
  async t => {
    const port = await postgresServer(t)
    await using p = await startProxy({
      target: `postgres://postgres@${LOOPBACK}:${port}/postgres`,
      seed: 7,
      link: BAD,
      tcp: FAST,
    })
    const pool = new pg.Pool({ connectionString: p.url, max: 3 })
    pool.on('error', () => {})
    await pool.query('create table t (n int, s text)')
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        pool.query('insert into t values ($1, $2)', [n, 'x'.repeat(n * 50)]),
      ),
    )
    const { rows } = await pool.query(
      'select sum(n)::int as n, sum(length(s))::int as s, count(*)::int as c from t',
    )
    t.deepEqual(rows, [{ n: 1770, s: 88_500, c: 60 }])
    p.clear()
    p.partition()
    const late = pool.query('select 42 as answer')
    while (p.show().counters.upstream!.lost.blackhole === 0)
      await new Promise(resolve => setTimeout(resolve, 10))
    p.heal()
    t.deepEqual((await late).rows, [{ answer: 42 }])
    p.reset()
    for (;;) {
      const again = await pool.query('select 1 as n').catch(() => null)
      if (again !== null) {
        t.deepEqual(again.rows, [{ n: 1 }])
        break
      }
    }
    await pool.end()
  },
)
