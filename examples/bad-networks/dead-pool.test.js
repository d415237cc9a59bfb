import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, beforeEach, test } from 'node:test'
import { createNetwork } from 'tuntcp/testing'

/** A database's driver in small: one pooled connection, on which a query is a chunk and so is its answer. */
const createPool = open => {
  let socket
  return async query => {
    if (!socket || socket.destroyed) socket = open().on('error', () => {})
    socket.write(query)
    return String((await once(socket, 'data'))[0])
  }
}

let net, app
beforeEach(() => {
  net = createNetwork({ seed: 1, time: 'virtual', link: { delay: '5ms' } })
  app = net.host('app')
  const db = net.host('db').net
  db.createServer(socket => socket.on('data', query => socket.write(`${query}: 42`))).listen(5432)
  net.firewall({ idle: '5min' }) // forgets who says nothing for 5 minutes, and tells nobody
})
afterEach(() => net.close())

test('the failure: after a quiet night the query waits, and waits', async () => {
  const query = createPool(() => app.net.connect(5432, 'db'))
  assert.equal(await net.until(query('answer')), 'answer: 42')
  await net.advance('8h')
  await assert.rejects(net.until(query('answer'), { within: '4min' }), /still waiting after 240000 ms/)
})

test('keep-alive: the firewall hears of the connection every minute', async () => {
  const query = createPool(() => app.net.connect(5432, 'db').setKeepAlive(true, 60_000))
  await net.until(query('answer'))
  await net.advance('8h')
  assert.equal(await net.until(query('answer'), { within: '1s' }), 'answer: 42')
})

test('a user timeout: the query fails after 10 s, and the next one has a new connection', async () => {
  const query = createPool(() => app.net.connect(5432, 'db').setUserTimeout(10_000))
  await net.until(query('answer'))
  await net.advance('8h')
  await assert.rejects(net.until(query('answer'), { within: '11s' }), { code: 'ETIMEDOUT' })
  assert.equal(await net.until(query('answer'), { within: '1s' }), 'answer: 42')
})
