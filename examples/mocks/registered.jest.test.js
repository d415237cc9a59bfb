import net from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import cjsClient from 'cjs-client'
import { ask } from 'esm-client'

const server = net.createServer(socket => socket.end('hello'))
beforeAll(() => new Promise(resolve => server.listen(80, '127.0.0.1', resolve)))
afterAll(() => server.close())

// Begun with --import tuntcp/register: neither needs a mock, nor the port a privilege.
test('libraries of either kind live on the stack of the process', async () => {
  expect(await ask('127.0.0.1')).toBe('hello')
  expect(await cjsClient.ask('localhost')).toBe('hello')
})
