import net from 'node:net'
import cjsClient from 'cjs-client'
import { createNetwork } from 'tuntcp/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let network
beforeEach(() => {
  network = createNetwork({ seed: 1, time: 'virtual', link: { delay: '20ms' } })
  const app = network.host('app')
  vi.spyOn(net, 'connect').mockImplementation(app.net.connect)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await network.close()
})

test('a library that calls net.connect does so from a host of the network', async () => {
  const server = network.host('server')
  server.net.createServer(socket => socket.end('hello')).listen(80)
  expect(await network.until(cjsClient.ask('server'))).toBe('hello')
  server.crash()
  server.reboot()
  await expect(network.until(cjsClient.ask('server'))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
