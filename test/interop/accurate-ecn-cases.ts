// The cases of accurate-ecn.test.ts, each in a process and a network namespace of its own: a kernel that has ECN of the
// classic kind, or none, and our host with accurate ECN behind a TUN device.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { Host } from '../../src/host/host.ts'
import { openTun } from '../../src/link/tun.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import { nodeRandom } from '../../src/net/node-random.ts'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { setUser } from '../../src/tcp/calls.ts'
import { tcpInfo } from '../../src/tcp/tcp-info.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { runCase, until } from '../support/namespace-case.ts'
import { pattern, Streamer } from '../support/two-hosts.ts'

const OURS = '192.0.2.2'
const KERNEL = '192.0.2.1'
const BYTES = 500_000
const ours = pattern(BYTES, 1)
const theirs = pattern(BYTES, 2)

const NONE = 0
const CLASSIC = 1

const start = (ecn: TcpOptions['ecn']): Host => {
  const host = new Host({ clock: nodeClock, random: nodeRandom, tcp: { ecn }, allocate: Buffer.allocUnsafe })
  host.attach(openTun({ address: `${KERNEL}/24` }), [`${OURS}/24`])
  return host
}

const kernelEcn = (mode: number): void => writeFileSync('/proc/sys/net/ipv4/tcp_ecn', String(mode))

/** Both tell their streams; then the kernel's end, which is a stream of Node's, has heard the same. */
const exchange = async (streamer: Streamer, socket: net.Socket): Promise<void> => {
  let heard = 0
  socket.on('data', (data: Buffer) => {
    assert.equal(ours.compare(data, 0, data.length, heard, heard + data.length), 0)
    heard += data.length
  })
  socket.end(theirs)
  await once(socket, 'end')
  assert.equal(heard, BYTES)
  await until(() => streamer.ended)
  assert.deepEqual([streamer.fault, streamer.received], ['', BYTES])
}

/** Our client to a kernel whose tcp_ecn is `mode`. */
const dial = async (ecn: TcpOptions['ecn'], mode: number): Promise<number> => {
  const host = start(ecn)
  kernelEcn(mode)
  const server = net.createServer({ allowHalfOpen: true })
  server.listen(8080, KERNEL)
  await once(server, 'listening')
  let streamer: Streamer | undefined
  const c: Connection = host.connect(parseAddress(KERNEL), 8080, {
    established: () => streamer?.established(),
    readable: () => streamer?.readable(),
    writable: () => streamer?.writable(),
    closed: error => streamer?.closed(error),
  })
  streamer = new Streamer(c, ours, theirs)
  const [socket] = (await once(server, 'connection')) as [net.Socket]
  await exchange(streamer, socket)
  server.close()
  return tcpInfo(c).tcpi_ecn_mode
}

/** A kernel's client to our server. */
const serve = async (ecn: TcpOptions['ecn'], mode: number): Promise<number> => {
  const host = start(ecn)
  kernelEcn(mode)
  let streamer: Streamer | undefined
  const listener = host.listen(0, 80, {
    acceptable() {
      const c = listener.accept()!
      streamer = new Streamer(c, ours, theirs)
      setUser(c, streamer)
      streamer.writable()
      streamer.readable()
    },
  })
  const socket = net.connect({ host: OURS, port: 80, allowHalfOpen: true })
  await once(socket, 'connect')
  await until(() => streamer !== undefined)
  await exchange(streamer!, socket)
  return tcpInfo(streamer!.connection).tcpi_ecn_mode
}

export const cases: Readonly<Record<string, () => Promise<void>>> = {
  '[R9768-5] a kernel that takes the classic kind agrees to that when we ask for accurate ECN': async () => {
    assert.equal(await dial('accurate', 1), CLASSIC)
  },
  '[R9768-5] a kernel as it comes, which takes the classic kind and asks for none, agrees to the classic kind':
    async () => {
      assert.equal(await dial('accurate', 2), CLASSIC)
    },
  '[R9768-5] a kernel without ECN agrees to none': async () => {
    assert.equal(await dial('accurate', 0), NONE)
  },
  '[R9768-4] a kernel that asks for the classic kind gets it from a server with accurate ECN': async () => {
    assert.equal(await serve('accurate', 1), CLASSIC)
  },
  '[R9768-4] a server as it comes gives a kernel that asks for the classic kind that': async () => {
    assert.equal(await serve('passive', 1), CLASSIC)
  },
  '[R9768-4] a kernel that asks for nothing gets nothing': async () => {
    assert.equal(await serve('accurate', 2), NONE)
  },
}

await runCase(cases)
