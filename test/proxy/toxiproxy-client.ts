/** Toxiproxy's interface, and its client for Node. */
import net from 'node:net'
import type { ExecutionContext } from 'ava'
import { type Proxy as Client, Toxiproxy } from 'toxiproxy-node-client'
import { nodeClock } from '../../src/net/node-clock.ts'
import { serveApi } from '../../src/proxy/api/server.ts'
import { ToxiproxyApi } from '../../src/proxy/api/toxiproxy.ts'
import { Proxies } from '../../src/proxy/proxies.ts'
import { LOOPBACK } from './support.ts'

/** So long that nobody waits for it: what it holds back comes when the toxic changes or goes. ms */
export const AN_HOUR = 3_600_000

/** Toxiproxy's interface at a port of its own, and its client for Node. */
export const api = async (t: ExecutionContext) => {
  const proxies = new Proxies({ clock: nodeClock, seed: 7, tcp: { initialRto: 50, minRto: 20 } })
  const server = await serveApi(0, new ToxiproxyApi(proxies))
  t.teardown(async () => {
    server.close()
    server.closeAllConnections()
    await proxies.close()
  })
  const url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`
  return { url, client: new Toxiproxy(url), proxies }
}

export const target = (address: net.AddressInfo): string => `${LOOPBACK}:${address.port}`

export const made = async (t: ExecutionContext, server: net.AddressInfo) => {
  const all = await api(t)
  const proxy = await all.client.createProxy({ name: 'p', listen: 'localhost:0', upstream: target(server) })
  return { ...all, proxy }
}

export const connect = (t: ExecutionContext, { listen }: Client): net.Socket => {
  const socket = net.connect(Number(listen.slice(listen.lastIndexOf(':') + 1)), LOOPBACK)
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  return socket
}

/** The answer to a request: status and body. */
export const ask = async (url: string, method = 'GET', body?: unknown, headers = {}) => {
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, text, json: () => JSON.parse(text) }
}
