import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { createNetwork } from 'tuntcp/testing'
import { keepConnected } from './keep-connected.js'

let net, client, server
beforeEach(() => {
  jest.useFakeTimers()
  net = createNetwork({ seed: 1, time: 'virtual', timers: jest, link: { delay: '20ms' } })
  client = net.host('client')
  server = net.host('server')
})
afterEach(async () => {
  await net.close()
  jest.useRealTimers()
})

test('it waits longer each time that nobody answers', async () => {
  const attempts = []
  const connect = () => {
    attempts.push(Date.now())
    return client.net.connect(80, 'server')
  }
  net.blackhole()
  const start = Date.now()
  const stop = keepConnected(connect)
  // Either moves both: net.advance('70s'), or the timers themselves.
  await jest.advanceTimersByTimeAsync(70_000)
  // A second without an answer each, and 1, 2, 4, 8, 16 and 30 s in between.
  expect(attempts.map(at => at - start)).toEqual([0, 2000, 5000, 10_000, 19_000, 36_000, 67_000])
  stop()
})

test('a connection that is refused is tried again', async () => {
  const stop = keepConnected(() => client.net.connect(80, 'server'))
  await net.advance('500ms')
  const hellos = []
  server.net.createServer(socket => socket.on('data', data => hellos.push(String(data)))).listen(80)
  await net.advance('1s')
  expect(hellos).toEqual(['hello'])
  stop()
})
