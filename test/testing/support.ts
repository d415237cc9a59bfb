import { type EventEmitter, once } from 'node:events'
import http from 'node:http'
import { text } from 'node:stream/consumers'
import type { ExecutionContext } from 'ava'
import type { Socket } from '../../src/net/module.ts'
import {
  createNetwork,
  type TestHost,
  type TestNetwork,
  type TestNetworkOptions,
} from '../../src/testing/testing.ts'

/** A network with a client and a server, closed with the test. */
export const twoHosts = (t: ExecutionContext, options: TestNetworkOptions = {}) => {
  const net = createNetwork({ seed: t.title, time: 'virtual', ...options })
  t.teardown(() => net.close())
  return { net, client: net.host('client'), server: net.host('server') }
}

/** A connection between them, with its end at the server. */
export const connected = async (net: TestNetwork, client: TestHost, server: TestHost) => {
  const listener = server.net.createServer().listen(0)
  const accepted = once(listener, 'connection')
  await net.until(once(listener, 'listening'))
  const { port } = listener.address() as { port: number }
  const near = client.net.connect(port, server.name)
  const [[far]] = (await net.until(Promise.all([accepted, once(near, 'connect')]))) as [[Socket], unknown]
  return { near, far, listener }
}

/** Status and body of a GET. */
export const get = async (options: http.RequestOptions): Promise<[number, string]> => {
  const [response] = (await once(http.get(options), 'response')) as [http.IncomingMessage]
  return [response.statusCode!, await text(response)]
}

/** The end of a socket, with an error or without. */
export const closed = (socket: EventEmitter): Promise<unknown> =>
  new Promise(resolve => socket.once('close', resolve))

export const ignore = (): void => {}
