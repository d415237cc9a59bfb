/** What a thread tells the process whose stack it uses. */
import { once } from 'node:events'
import net from 'node:net'
import test from 'ava'
import { createStack } from '../../src/net/create-stack.ts'
import { Hub } from '../../src/register/hub.ts'
import { reinitialize } from '../../src/register/node-inside.ts'
import { Relay } from '../../src/register/relay.ts'
import { Routes } from '../../src/register/routes.ts'
import type { ConnectionView } from '../../src/tcp/block/connection-view.ts'

const linux = process.platform === 'linux' ? test : test.skip

linux('the options of a thread’s connection are set where it is', async t => {
  const stack = createStack()
  const path = `\0tuntcp-test-${process.pid}`
  new Hub(() => ({ stack, routes: new Routes(['127.0.0.0/8'], 'stack') }), path, 'secret').open()
  const server = stack.createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo

  const socket = new net.Socket()
  const accepted = once(server, 'connection')
  reinitialize.call(socket, new Relay(path, 'secret', createStack()).handle())
  socket.connect({ port, host: '127.0.0.1' })
  await Promise.all([accepted, once(socket, 'connect')])
  const theirs = [...stack.host.connections].find(each => each.remotePort === port) as ConnectionView
  const options = () => theirs.options
  t.false(options().noDelay)
  t.false(options().keepAlive)

  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise(resolve => setImmediate(resolve))
  }
  socket.setNoDelay()
  await until(() => options().noDelay)
  socket.setKeepAlive(true, 7000)
  await until(() => options().keepAlive)
  t.is(options().keepAliveIdle, 7000)
  socket.setNoDelay(false)
  await until(() => !options().noDelay)
  socket.destroy()
  server.close()
  await once(socket, 'close')
  await stack.close({ grace: 0 })
})
