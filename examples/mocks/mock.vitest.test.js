import { ask } from 'esm-client'
import { afterAll, expect, test, vi } from 'vitest'

const { network, app } = await vi.hoisted(async () => {
  const { createNetwork } = await import('tuntcp/testing')
  const network = createNetwork({ seed: 1, time: 'virtual', link: { delay: '20ms' } })
  return { network, app: network.host('app') }
})
vi.mock('node:net', () => ({ ...app.net, default: app.net }))
afterAll(() => network.close())

test('a library that imports node:net lives on a host of the network', async () => {
  const server = network.host('server')
  server.net.createServer(socket => socket.end('hello')).listen(80)
  expect(await network.until(ask('server'))).toBe('hello')
  network.firewall({ to: server, answer: 'reset' })
  await expect(network.until(ask('server'))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
