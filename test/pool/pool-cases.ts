// The cases of pool.test.ts, each in a process and a network namespace of its own: `node pool-cases.js CASE`.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { openTun, openTunQueue } from '../../src/link/tun.ts'
import { createStackPool, type StackPool } from '../../src/pool/stack-pool.ts'
import { batchOf } from '../../src/wire/batch.ts'
import { runCase } from '../support/namespace-case.ts'
import { pattern } from '../support/two-hosts.ts'

const POOL = '192.0.2.2'
const module = new URL('./served.js', import.meta.url)

const open = (data?: unknown): Promise<StackPool> =>
  createStackPool({
    tun: { name: 'tcp0', address: '192.0.2.1/24' },
    address: '192.0.2.2/24',
    workers: 2,
    module,
    data,
  })

/** A connection of the kernel's to the echo service, which has said which worker it is. */
interface Client {
  readonly socket: net.Socket
  readonly worker: string
}

const connect = async (): Promise<Client> => {
  const socket = net.connect(7, POOL)
  const [first] = (await once(socket, 'data')) as [Buffer]
  socket.on('error', () => {})
  return { socket, worker: first.toString() }
}

/** Connections that are held, until there are some of each worker. */
const connectToBoth = async (): Promise<Client[]> => {
  const clients: Client[] = []
  while (new Set(clients.map(({ worker }) => worker)).size < 2 || clients.length < 12)
    clients.push(await connect())
  return clients
}

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Says something, and hears it again. */
const echo = async ({ socket }: Client, text: Buffer): Promise<void> => {
  socket.write(text)
  const heard: Buffer[] = []
  for (let bytes = 0; bytes < text.length; ) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    heard.push(chunk)
    bytes += chunk.length
  }
  assert.equal(hash(Buffer.concat(heard)), hash(text))
}

const all = (clients: readonly Client[], text: Buffer) =>
  Promise.all(clients.map(client => echo(client, text)))

const exists = (name: string): boolean => spawnSync('ip', ['link', 'show', name]).status === 0

export const cases: Record<string, () => Promise<void>> = {
  async 'both workers serve, one address'() {
    const pool = await open()
    const clients = await connectToBoth()
    await all(clients, pattern(300_000, 1))
    const [code] = await once(spawn('ping', ['-c', '1', '-W', '60', POOL]), 'close')
    assert.equal(code, 0)
    const { connections, counters, device } = await pool.status()
    assert.equal(connections.filter(({ state }) => state === 'ESTABLISHED').length, clients.length)
    assert.equal(connections.filter(({ state }) => state === 'LISTEN').length, 8)
    assert.equal(counters.packetsIn, device.received)
    assert.ok(counters.textIn! >= clients.length * 300_000)
    assert.deepEqual((await pool.ask('?')).sort(), ['0 ?', '1 ?'].map(text => hash(Buffer.from(text))).sort())
    // One clock: what they date, they date alike.
    const [since, ...others] = await pool.ask('since')
    assert.ok(Math.abs(Number(since) - Date.now()) < 3_600_000)
    assert.deepEqual(others, [since])
    for (const { socket } of clients) socket.end()
    await pool.close()
    assert.equal(exists('tcp0'), false)
  },

  async 'a flow whose packets the kernel gives to the wrong queue is handed over, both ways'() {
    const pool = await open()
    const clients = await connectToBoth()
    for (const queue of [0, 1]) {
      // All that is for this worker comes to the other one now.
      pool.tun.queues[queue]!.steer(false)
      await all(clients, pattern(300_000, queue))
      const { drops } = await pool.status()
      assert.ok(drops['handed-over']! > 0)
      pool.tun.queues[queue]!.steer(true)
    }
    await all(clients, pattern(300_000, 2))
    for (const { socket } of clients) assert.equal(socket.destroyed, false)
    const { drops } = await pool.status()
    assert.equal(drops['closed-port'], 0)
    for (const { socket } of clients) socket.destroy()
    await pool.close()
  },

  async 'a worker that dies takes its own connections alone, and has a successor'() {
    const pool = await open()
    const clients = await connectToBoth()
    const exited = once(pool, 'exit')
    const restarted = once(pool, 'restart')
    const killer = net.connect(9, POOL)
    killer.on('error', () => {})
    const [{ worker, error }] = await exited
    killer.destroy()
    assert.equal(error.message, 'as asked')
    const dead = clients.filter(client => client.worker === String(worker))
    const alive = clients.filter(client => client.worker !== String(worker))
    assert.ok(dead.length > 0 && alive.length > 0)
    // The next thing that is said to the dead one is refused by the other.
    await Promise.all(
      dead.map(({ socket }) => {
        const closed = new Promise(resolve => socket.once('close', resolve))
        socket.write('are you there?')
        return closed
      }),
    )
    await all(alive, pattern(100_000, 1))
    assert.deepEqual(await restarted, [worker])
    let reached = ''
    const more: Client[] = []
    while (reached !== String(worker)) {
      const client = await connect()
      more.push(client)
      reached = client.worker
    }
    await all([...alive, ...more], pattern(100_000, 2))
    assert.equal((await pool.status()).connections.filter(({ state }) => state === 'LISTEN').length, 8)
    for (const { socket } of [...alive, ...more]) socket.destroy()
    await pool.close()
  },

  async 'so does one that exits, one that is stopped, and one that runs out of memory'() {
    const pool = await open()
    const clients = await connectToBoth()
    const ends: { readonly code: number; readonly error: unknown }[] = []
    pool.on('exit', end => ends.push(end))
    for (const how of [10, 11, 'stopped'] as const) {
      const restarted = once(pool, 'restart')
      const killer = typeof how === 'number' ? net.connect(how, POOL) : null
      killer?.on('error', () => {})
      if (killer === null) void pool.threads[0]!.terminate()
      const [worker] = await restarted
      killer?.destroy()
      const dead = clients.filter(client => client.worker === String(worker))
      await Promise.all(
        dead.map(client => {
          clients.splice(clients.indexOf(client), 1)
          const closed = new Promise(resolve => client.socket.once('close', resolve))
          client.socket.write('are you there?')
          return closed
        }),
      )
      await all(clients, pattern(100_000, 1))
      clients.push(...(await connectToBoth()))
      await all(clients, pattern(10_000, 2))
    }
    assert.deepEqual(
      ends.map(({ code }) => code),
      [3, 1, 1],
    )
    assert.match(String(ends[1]!.error), /memory/)
    for (const { socket } of clients) socket.destroy()
    await pool.close()
  },

  async 'a worker for which there was no thread at once has a successor all the same'() {
    let starts = 0
    // It is copied for each thread that is made.
    const data = {
      get started() {
        if (++starts === 3) throw new Error('no memory for a thread')
        return starts
      },
    }
    const pool = await open(data)
    const ends: unknown[] = []
    pool.on('exit', ({ error }) => ends.push(error === undefined ? error : (error as Error).message))
    const restarted = once(pool, 'restart')
    void pool.threads[0]!.terminate()
    await restarted
    assert.equal(starts, 4)
    assert.deepEqual(ends, [undefined, 'no memory for a thread'])
    const clients = await connectToBoth()
    await all(clients, pattern(10_000, 1))
    for (const { socket } of clients) socket.destroy()
    await pool.close()
  },

  async 'an answer that cannot be copied, or is an exception of any kind, refuses the question and ends no worker'() {
    const pool = await open()
    const clients = await connectToBoth()
    await assert.rejects(pool.ask('a function'), /could not be cloned/)
    await assert.rejects(pool.ask('throw'), /as asked/)
    await assert.rejects(
      pool.ask(() => {}),
      /could not be cloned/,
    )
    await all(clients, pattern(10_000, 1))
    assert.equal((await pool.ask('?')).length, 2)
    for (const { socket } of clients) socket.destroy()
    await pool.close()
  },

  async 'connections may take all the time there is to end; what is no time is refused, and closes nothing'() {
    const pool = await open()
    const clients = await connectToBoth()
    assert.throws(() => pool.close({ grace: 'long' as never }), { name: 'TypeError', message: /grace/ })
    assert.throws(() => pool.close({ time: 1 } as never), { message: /time/ })
    await all(clients, pattern(10_000, 1))
    const ended = Promise.all(clients.map(({ socket }) => once(socket, 'end')))
    for (const { socket } of clients) socket.resume()
    await pool.close({ grace: Number.POSITIVE_INFINITY })
    await ended
  },

  async 'where a module fails to close, connections end in order all the same'() {
    const pool = await open('no end')
    const clients = await connectToBoth()
    const ended = Promise.all(clients.map(({ socket }) => once(socket, 'end')))
    for (const { socket } of clients) socket.resume()
    await pool.close({ grace: 120_000 })
    await ended
    assert.equal(exists('tcp0'), false)
  },

  async 'without a listener for the end of a worker there is a warning'() {
    const pool = await open()
    const warned = once(process, 'warning')
    const restarted = once(pool, 'restart')
    const killer = net.connect(9, POOL)
    killer.on('error', () => {})
    const [warning] = await warned
    assert.equal(warning.name, 'StackPoolWarning')
    assert.match(
      warning.message,
      /^worker [01] of a stack pool has ended \(Error: as asked\), and its connections with it;/,
    )
    killer.destroy()
    await restarted
    await pool.close()
  },

  async 'a module that does not start ends the pool, and leaves no device'() {
    await assert.rejects(open('no start'), { message: 'it does not start' })
    assert.equal(exists('tcp0'), false)
  },

  async 'a pool that does not start has each worker end by itself, even amid a module that waits at its top'() {
    // Worker 0 fails when worker 1 is in the midst of a call of C++, at the end of what its module imports.
    let begun = () => {}
    const amid = new Promise<void>(resolve => {
      begun = resolve
    })
    const data = new Int32Array(new SharedArrayBuffer(4))
    const starting = createStackPool({
      tun: { name: 'tcp0', address: '192.0.2.1/24' },
      address: '192.0.2.2/24',
      workers: 2,
      module: new URL('./slow-start.js', import.meta.url),
      data,
      onThread: (thread, worker) => {
        if (worker === 1) thread.once('message', begun)
      },
    })
    const failed = assert.rejects(starting, { message: 'it does not start' })
    await amid
    Atomics.store(data, 0, 1)
    Atomics.notify(data, 0)
    await failed
    assert.equal(exists('tcp0'), false)
  },

  async 'a module that never starts does not keep a pool from its end'() {
    await assert.rejects(open('never starts'), { message: 'it does not start' })
    assert.equal(exists('tcp0'), false)
  },

  async 'a device of several queues: each is a link, and another thread may open it'() {
    const tun = openTun({ name: 'tcp0', address: '192.0.2.1/24', queues: 3 })
    assert.equal(tun.queues.length, 3)
    assert.equal(tun.queues[0], tun)
    const twin = openTunQueue(structuredClone(tun.queues[2]!.share()))
    tun.queues[2]!.close()
    // All packets of the kernel's come by the one queue that is left.
    tun.close()
    tun.queues[1]!.steer(false)
    const arrived = new Promise<Uint8Array>(resolve =>
      twin.start(batch => {
        const start = batch.starts[0]!
        const packet = batch.buffers[0]!.slice(start, start + batch.lengths[0]!)
        if (packet[0]! >>> 4 === 4) resolve(packet)
      }),
    )
    const client = net.connect(80, POOL)
    client.on('error', () => {})
    assert.equal((await arrived)[9], 6)
    // And what is sent by it arrives.
    twin.transmit(batchOf(new Uint8Array(20).fill(0x45)))
    assert.equal(twin.counters.sent, 1)
    client.destroy()
    twin.close()
    assert.equal(exists('tcp0'), true)
    tun.queues[1]!.close()
    assert.equal(exists('tcp0'), false)
    assert.throws(() => openTunQueue({ ...tun.share() }), { code: 'EBADF' })
  },

  async 'a device of one queue is none of several; the message says what to do'() {
    execFileSync('ip', ['tuntap', 'add', 'one0', 'mode', 'tun'])
    assert.throws(() => openTun({ name: 'one0', queues: 2 }), {
      code: 'EINVAL',
      message: /several queues.*ip tuntap add one0 mode tun multi_queue/,
    })
    execFileSync('ip', ['tuntap', 'add', 'many0', 'mode', 'tun', 'multi_queue'])
    const many = openTun({ name: 'many0', queues: 2 })
    for (const queue of many.queues) queue.close()
    const single = openTun({ name: 'single0' })
    assert.throws(() => single.steer(false), { name: 'TunError' })
    single.close()
  },
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runCase(cases)
