import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { createNetwork } from 'tuntcp/testing'
import { keepConnected } from './keep-connected.js'

let net, client, server
beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  net = createNetwork({ seed: 1, time: 'virtual', timers: mock.timers, link: { delay: '20ms' } })
  client = net.host('client')
  server = net.host('server')
})
afterEach(async () => {
  await net.close()
  mock.timers.reset()
})

test('after a partition it is back within half a minute', async () => {
  const hellos = []
  const listener = server.net.createServer(socket => {
    socket.on('error', () => {})
    socket.on('data', () => hellos.push(Date.now()) && socket.write('welcome'))
  })
  listener.listen(80)
  const sockets = []
  const stop = keepConnected(() => {
    sockets.push(client.net.connect(80, 'server'))
    return sockets.at(-1)
  })
  await net.advance('1s')
  assert.equal(hellos.length, 1)

  net.partition(client, server)
  net.reset(sockets[0])
  await net.advance('10min')
  assert.equal(hellos.length, 1)

  net.heal(client, server)
  await net.advance('31s')
  assert.equal(hellos.length, 2)
  assert.ok(sockets.length > 15)
  stop()
})
