import { afterAll, expect, jest, test } from '@jest/globals'
import { createNetwork } from 'tuntcp/testing'

const network = createNetwork({ seed: 1, time: 'virtual', link: { delay: '20ms' } })
const app = network.host('app')
jest.unstable_mockModule('node:net', () => ({ ...app.net, default: app.net }))
const { ask } = await import('esm-client')
afterAll(() => network.close())

test('a library that imports node:net lives on a host of the network', async () => {
  const server = network.host('server')
  server.net.createServer(socket => socket.end('hello')).listen(80)
  expect(await network.until(ask('server'))).toBe('hello')
  network.firewall({ to: server, answer: 'reset' })
  await expect(network.until(ask('server'))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
