/** The guide's failure with a pool that many have: pg's. */
import { mock } from 'node:test'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import type { TestNetworkOptions } from '../../src/testing/testing.ts'
import { postgres } from '../libraries/databases.ts'
import { twoHosts } from './support.ts'

const idle = async (t: ExecutionContext, config: pg.PoolConfig, options: TestNetworkOptions = {}) => {
  const { net, client, server } = twoHosts(t, { link: { delay: '5ms' }, ...options })
  server.net.createServer(socket => postgres(socket)).listen(5432)
  const pool = new pg.Pool({
    host: 'server',
    user: 'test',
    database: 'test',
    max: 1,
    idleTimeoutMillis: 0,
    stream: () => new client.net.Socket(),
    ...config,
  })
  pool.on('error', () => {})
  net.firewall({ idle: '5min' })
  t.is((await net.until(pool.query('rows 3'))).rowCount, 3)
  await net.advance('30min')
  return { net, pool }
}

test('a query on a connection that a firewall has forgotten waits for TCP to give up', async t => {
  const { net, pool } = await idle(t, {})
  const begun = net.now
  await t.throwsAsync(net.until(pool.query('rows 3')), { code: 'ETIMEDOUT' })
  t.is(net.now - begun, 300_000)
  t.is((await net.until(pool.query('rows 3'))).rowCount, 3)
})

test('keepAlive keeps it from forgetting', async t => {
  const { net, pool } = await idle(t, { keepAlive: true, keepAliveInitialDelayMillis: 60_000 })
  const begun = net.now
  t.is((await net.until(pool.query('rows 3'))).rowCount, 3)
  t.is(net.now - begun, 10)
})

test.serial('query_timeout ends the wait, by a timer that is faked', async t => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  t.teardown(() => mock.timers.reset())
  const { net, pool } = await idle(t, { query_timeout: 5000 }, { timers: mock.timers })
  const begun = net.now
  await t.throwsAsync(net.until(pool.query('rows 3')), { message: 'Query read timeout' })
  t.true(net.now - begun >= 5000 && net.now - begun <= 5010, `${net.now - begun}`)
})
