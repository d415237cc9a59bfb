// The cases of kernel.test.ts, each in a process and a network namespace of its own: kernel sockets against our
// host behind a real TUN device. Timers of ours are short; whatever is waited for is an event.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { Host } from '../../src/host/host.ts'
import { openTun } from '../../src/link/tun.ts'
import { nodeClock } from '../../src/net/node-clock.ts'
import { nodeRandom } from '../../src/net/node-random.ts'
import type { ConnectionUser } from '../../src/tcp/block/connection-user.ts'
import type { ConnectionView as Connection } from '../../src/tcp/block/connection-view.ts'
import { TcpError } from '../../src/tcp/block/error.ts'
import type { TcpOptions } from '../../src/tcp/block/options.ts'
import { close, receive, release, send, setUser } from '../../src/tcp/calls.ts'
import { parseAddress } from '../../src/wire/address.ts'
import { runCase, until } from '../support/namespace-case.ts'

const OURS = '192.0.2.2'
const KERNEL = '192.0.2.1'

/** The TUN alone does not keep a process alive; a case ends it. */
const stayAlive = setInterval(() => {}, 1 << 30)

const start = (tcp: Partial<TcpOptions> = {}): Host => {
  const host = new Host({ clock: nodeClock, random: nodeRandom, tcp, allocate: Buffer.allocUnsafe })
  host.attach(openTun({ address: `${KERNEL}/24` }), [`${OURS}/24`])
  return host
}

interface Peer extends ConnectionUser {
  readonly connection: Connection
  received: number
  /** undefined while it lives, then what it was closed with. */
  end: string | null | undefined
}

/** Accepts connections; `use` hears of what arrives, by default it is read and thrown away. */
const serve = (
  host: Host,
  port: number,
  use: Partial<ConnectionUser & { accepted(peer: Peer): void }> = {},
): Peer[] => {
  const peers: Peer[] = []
  const listener = host.listen(0, port, {
    acceptable() {
      for (let c = listener.accept(); c !== null; c = listener.accept()) {
        const connection = c
        const peer: Peer = {
          connection,
          received: 0,
          end: undefined,
          established() {},
          readable() {
            if (use.readable) use.readable.call(peer)
            else
              for (let d = receive(connection); d !== null; d = receive(connection)) peer.received += d.length
          },
          writable() {
            use.writable?.call(peer)
          },
          closed(error) {
            peer.end = error
          },
        }
        setUser(connection, peer)
        peers.push(peer)
        use.accepted?.(peer)
      }
    },
  })
  return peers
}

const connectKernel = async (port: number): Promise<net.Socket> => {
  const socket = net.connect({ host: OURS, port, allowHalfOpen: true })
  await once(socket, 'connect')
  return socket
}

const failure = async (socket: net.Socket): Promise<string> => {
  const [error] = await once(socket, 'error')
  return (error as NodeJS.ErrnoException).code ?? ''
}

export const cases: Record<string, () => Promise<void>> = {
  'a connect to a closed port is refused at once': async () => {
    start()
    assert.equal(await failure(net.connect(99, OURS)), 'ECONNREFUSED')
  },

  'we are refused by a closed port of the kernel': async () => {
    const host = start()
    let end: string | null | undefined
    host.connect(parseAddress(KERNEL), 99, {
      established() {},
      readable() {},
      writable() {},
      closed(error) {
        end = error
      },
    })
    await until(() => end !== undefined)
    assert.equal(end, 'ECONNREFUSED')
  },

  'TIME_WAIT outlives its listener: a restart fails without address reuse, works with it, and works after 2 MSL':
    async () => {
      const host = start({ msl: 150 })
      const listener = host.listen(0, 80, {
        acceptable() {
          const c = listener.accept()!
          setUser(c, { established() {}, readable() {}, writable() {}, closed() {} })
          close(c)
        },
      })
      const socket = await connectKernel(80)
      socket.resume()
      await once(socket, 'end')
      socket.end()
      await once(socket, 'close')
      await until(() => [...host.connections].some(c => !('state' in c)))
      listener.close()
      const user = { acceptable() {} }
      assert.throws(() => host.listen(0, 80, user, { reuseAddress: false }), { code: 'EADDRINUSE' })
      host.listen(0, 80, user, { reuseAddress: true }).close()
      await until(() => host.connections.size === 0)
      host.listen(0, 80, user, { reuseAddress: false }).close()
    },

  'closing with unread data resets the kernel peer': async () => {
    const host = start()
    serve(host, 80, {
      readable(this: Peer) {
        release(this.connection)
      },
    } as Partial<ConnectionUser>)
    const socket = await connectKernel(80)
    socket.write('never read')
    assert.equal(await failure(socket), 'ECONNRESET')
  },

  'the kernel resets us when it closes with unread data; writing then fails': async () => {
    const host = start()
    const peers = serve(host, 80, { accepted: peer => send(peer.connection, Buffer.alloc(1000)) })
    const socket = net.connect(80, OURS)
    await once(socket, 'connect')
    await until(() => peers.length === 1 && peers[0]!.connection.sendQueue.length === 0)
    socket.resetAndDestroy()
    await until(() => peers[0]!.end !== undefined)
    assert.equal(peers[0]!.end, 'ECONNRESET')
    assert.throws(
      () => send(peers[0]!.connection, Buffer.alloc(1)),
      (error: unknown) => error instanceof TcpError && ['EPIPE', 'ECONNRESET'].includes(error.code),
    )
  },

  'a write after the kernel peer has closed for good is answered by RST': async () => {
    const host = start()
    const peers = serve(host, 80)
    const socket = net.connect(80, OURS)
    await once(socket, 'connect')
    socket.destroy()
    await until(() => peers[0]?.connection.state === 'CLOSE_WAIT')
    send(peers[0]!.connection, Buffer.from('too late'))
    await until(() => peers[0]!.end !== undefined)
    assert.equal(peers[0]!.end, 'EPIPE')
  },

  'an unanswered connect ends in ETIMEDOUT after its retransmissions': async () => {
    // Nobody has this address, and the kernel does not forward.
    const host = start({ initialRto: 20, minRto: 20, synRetries: 3 })
    const times: number[] = []
    host.trace = event => {
      if (event.type === 'segment-out') times.push(event.time)
    }
    let end: string | null | undefined
    host.connect(parseAddress('192.0.2.77'), 80, {
      established() {},
      readable() {},
      writable() {},
      closed(error) {
        end = error
      },
    })
    await until(() => end !== undefined)
    assert.ok(end === 'ETIMEDOUT' || end === 'EHOSTUNREACH', String(end))
    assert.equal(times.length, 4)
  },

  'keep-alive notices a kernel peer that has vanished': async () => {
    const host = start({ keepAlive: true, keepAliveIdle: 100, keepAliveInterval: 50, keepAliveCount: 3 })
    const peers = serve(host, 80)
    await connectKernel(80)
    await until(() => peers.length === 1)
    // Without its address the kernel neither answers nor resets.
    execFileSync('ip', ['address', 'flush', 'dev', (host.interfaces.all[1]!.link as { name: string }).name])
    await until(() => peers[0]!.end !== undefined)
    assert.equal(peers[0]!.end, 'ETIMEDOUT')
  },

  'half-close both ways': async () => {
    const host = start()
    const peers = serve(host, 80, {
      readable(this: Peer) {
        for (let d = receive(this.connection); d !== null; d = receive(this.connection))
          this.received += d.length
        if (this.connection.finReceived && !this.connection.finQueued) {
          send(this.connection, Buffer.from(`you sent ${this.received}`))
          close(this.connection)
        }
      },
    } as Partial<ConnectionUser>)
    const socket = await connectKernel(80)
    socket.end(Buffer.alloc(300_000))
    let answer = ''
    socket.setEncoding('utf8').on('data', text => {
      answer += text
    })
    await once(socket, 'end')
    assert.equal(answer, 'you sent 300000')
    await until(() => peers[0]!.end !== undefined)
    assert.equal(peers[0]!.end, null)
  },

  '2,000 connections of the kernel, in a loop, leave no connection, timer or buffer behind': async () => {
    const host = start({ msl: 100 })
    const peers = serve(host, 80, {
      readable(this: Peer) {
        for (let d = receive(this.connection); d !== null; d = receive(this.connection))
          send(this.connection, d)
        if (this.connection.finReceived) close(this.connection)
      },
    } as Partial<ConnectionUser>)
    let opened = 0
    const one = async (): Promise<void> => {
      while (opened < 2000) {
        const n = opened++
        const socket = await connectKernel(80)
        socket.end(`hello ${n}`)
        socket.resume()
        await once(socket, 'close')
      }
    }
    await Promise.all(Array.from({ length: 32 }, one))
    await until(() => host.connections.size === 0)
    assert.equal(peers.length, 2000)
    assert.ok(peers.every(p => p.end === null))
    assert.equal(host.timers, 0)
    assert.ok(peers.every(p => p.connection.sendQueue.length === 0 && p.connection.receiveQueue.length === 0))
  },

  '[R4987-3][R4987-5] the kernel connects by SYN cookies, with all options, and both streams are whole':
    async () => {
      const host = start({ synCookies: 'always', ecn: 'passive' })
      const peers = serve(host, 80, {
        readable(this: Peer) {
          for (let d = receive(this.connection); d !== null; d = receive(this.connection)) {
            this.received += d.length
            send(this.connection, d)
          }
          if (this.connection.finReceived) close(this.connection)
        },
      } as Partial<ConnectionUser>)
      writeFileSync('/proc/sys/net/ipv4/tcp_ecn', '1')
      const text = randomBytes(3_000_000)
      const socket = await connectKernel(80)
      const answer = createHash('sha256')
      socket.on('data', data => answer.update(data))
      socket.end(text)
      await once(socket, 'end')
      assert.equal(answer.digest('hex'), createHash('sha256').update(text).digest('hex'))
      const c = peers[0]!.connection
      assert.deepEqual([c.scalingAgreed, c.timestamps, c.sack, c.ecn.on], [true, true, true, true])
      assert.equal(host.counters.synCookiesAccepted, 1)
    },

  '[R7413-5][R7413-4] fast open: a kernel server gives us a cookie, and takes the text of the next SYN':
    async () => {
      // Client and server, and all listeners.
      writeFileSync('/proc/sys/net/ipv4/tcp_fastopen', '1027')
      const host = start({ fastOpen: true })
      const server = net.createServer(socket => socket.pipe(socket))
      server.listen(8080, KERNEL)
      await once(server, 'listening')
      const outcomes: boolean[] = []
      for (let n = 0; n < 3; n++) {
        let answer = ''
        const c: Connection = host.connect(
          parseAddress(KERNEL),
          8080,
          {
            established() {},
            readable() {
              for (let d = receive(c); d !== null; d = receive(c)) answer += Buffer.from(d).toString()
            },
            writable() {},
            closed() {},
          },
          { data: Buffer.from(`hello ${n}`) },
        )
        await until(() => answer === `hello ${n}`)
        outcomes.push(c.fastOpen!.delivered)
        release(c)
      }
      assert.deepEqual(outcomes, [false, true, true])
      server.close()
    },

  '[R7413-3][R7413-7] fast open: we give curl a cookie, and take its next request before the handshake ends':
    async () => {
      writeFileSync('/proc/sys/net/ipv4/tcp_fastopen', '1')
      if (spawnSync('curl', ['--version']).error) return
      const host = start({ fastOpen: true })
      const early: boolean[] = []
      serve(host, 80, {
        accepted(peer: Peer) {
          early.push(peer.connection.state === 'SYN_RECEIVED')
        },
        readable(this: Peer) {
          for (let d = receive(this.connection); d !== null; d = receive(this.connection))
            this.received += d.length
          if (this.received === 0 || this.connection.finQueued) return
          send(this.connection, Buffer.from('HTTP/1.0 200 OK\r\n\r\nhello'))
          close(this.connection)
        },
      } as Partial<ConnectionUser>)
      for (let n = 0; n < 3; n++) {
        const child = spawn('curl', ['--silent', '--tcp-fastopen', `http://${OURS}/`])
        let answer = ''
        child.stdout.setEncoding('utf8').on('data', text => {
          answer += text
        })
        await once(child, 'close')
        assert.equal(answer, 'hello')
      }
      assert.deepEqual(early, [false, true, true])
    },

  'an active close of ours leaves no connection either': async () => {
    const host = start({ msl: 100 })
    const server = net.createServer({ allowHalfOpen: true }, socket => {
      socket.on('end', () => socket.end())
      socket.resume()
    })
    server.listen(8080, KERNEL)
    await once(server, 'listening')
    let ended = 0
    for (let n = 0; n < 200; n++) {
      const c: Connection = host.connect(parseAddress(KERNEL), 8080, {
        established() {
          send(c, Buffer.from('x'))
          close(c)
        },
        readable() {
          while (receive(c) !== null);
        },
        writable() {},
        closed(error) {
          assert.equal(error, null)
          ended++
        },
      })
    }
    await until(() => ended === 200 && host.connections.size === 0)
    assert.equal(host.timers, 0)
    server.close()
  },
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runCase(cases)
  clearInterval(stayAlive)
  process.exit(0)
} else {
  clearInterval(stayAlive)
}
