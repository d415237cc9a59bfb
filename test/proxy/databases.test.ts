/** Real servers, redis and postgres, behind the proxy, when everything befalls packets at once. */
import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import pg from 'pg'
import { startProxy } from '../../src/testing/testing.ts'
import { until } from '../support/namespace-case.ts'
import { missingTools, testUnless } from '../support/needs.ts'
import { POSTGRES } from '../support/real-servers.ts'
import { BAD, FAST, sha } from './bad-path.ts'
import { postgresServer, redisServer } from './servers.ts'
import { LOOPBACK } from './support.ts'

const bad = (target: string) => startProxy({ target, seed: 7, link: BAD, tcp: FAST })

testUnless(missingTools('redis-server'))(
  'redis: values are what they were, whatever befalls packets',
  async t => {
    await using p = await bad(`${LOOPBACK}:${await redisServer(t)}`)
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

testUnless(missingTools(...POSTGRES))(
  'postgres: queries and their rows, at losses; a partition; a pool that reconnects',
  async t => {
    const port = await postgresServer(t)
    await using p = await bad(`postgres://postgres@${LOOPBACK}:${port}/postgres`)
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
    await until(() => p.show().counters.upstream!.lost.blackhole > 0)
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
