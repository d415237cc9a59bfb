#!/usr/bin/env node
/**
 * Requests a second of a pool of stacks, of 1 worker and of more, where each request takes its processor's time. The client has
 * few cycles: it sends the same bytes, and counts those that come. In a network namespace of its own:
 *
 *   scripts/netns.sh node scripts/bench/workers.js [seconds=4] [reps=5] [workers=2] [milliseconds=2]
 */
import { pbkdf2Sync } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { availableParallelism } from 'node:os'
import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { createStackPool } from '../../dist/src/index.js'
import { median } from './statistics.js'

const SERVER = '192.0.2.2'
/** More than workers: none is without work while an answer is on its way. */
const CONNECTIONS_EACH = 8
const REQUEST = Buffer.from('GET / HTTP/1.1\r\nhost: bench\r\n\r\n')

const options = { seconds: 4, reps: 5, workers: 2, milliseconds: 2 }
for (const word of process.argv.slice(2)) {
  const [name, value] = word.split('=')
  if (!Object.hasOwn(options, name) || !(Number(value) > 0)) {
    console.error(`not an option: ${word}; there are ${Object.keys(options).join('=N, ')}=N`)
    process.exit(2)
  }
  options[name] = Number(value)
}

/** Rounds of the server's work that take so long (ms) here. */
const roundsFor = milliseconds => {
  const rounds = 2000
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 50; i++) {
    const before = performance.now()
    pbkdf2Sync('bench', 'salt', rounds, 32, 'sha256')
    best = Math.min(best, performance.now() - before)
  }
  return Math.max(1, Math.round((rounds * milliseconds) / best))
}

const rounds = roundsFor(options.milliseconds)

/** A connection that always waits for one answer. `answered` hears of each. */
const ask = async answered => {
  const socket = net.connect({ port: 80, host: SERVER, noDelay: true })
  await once(socket, 'connect')
  socket.on('data', chunk => {
    // The answer is short: it comes in one piece, and ends with the body.
    if (chunk[chunk.length - 1] !== 0x0a) return
    answered()
    socket.write(REQUEST)
  })
  socket.write(REQUEST)
  return socket
}

/** As many connections for each worker: the kernel deals new ones out by a hash, which is fair only to many. */
const askEach = async (pool, answered) => {
  const sockets = []
  const counts = new Map()
  while (sockets.length < CONNECTIONS_EACH * pool.size) {
    const socket = await ask(answered)
    const { localPort } = socket
    const owner = (await pool.ask(localPort)).findIndex(Boolean)
    const count = counts.get(owner) ?? 0
    if (count === CONNECTIONS_EACH) socket.destroy()
    else {
      counts.set(owner, count + 1)
      sockets.push(socket)
    }
  }
  return sockets
}

/** Measures one pool. @returns requests/s, and CPU s a second of the whole process, client and kernel included */
const measure = async workers => {
  const pool = await createStackPool({
    tun: { address: '192.0.2.1/24' },
    address: `${SERVER}/24`,
    workers,
    module: new URL('busy-server.js', import.meta.url),
    data: rounds,
  })
  let count = 0
  const sockets = await askEach(pool, () => count++)
  await setTimeout(1000)
  const before = { count, cpu: process.cpuUsage(), at: performance.now() }
  await setTimeout(1000 * options.seconds)
  const seconds = (performance.now() - before.at) / 1000
  const { user, system } = process.cpuUsage(before.cpu)
  const requests = count - before.count
  const { drops } = await pool.status()
  for (const socket of sockets) socket.destroy()
  await pool.close({ grace: 0 })
  return {
    rate: requests / seconds,
    cores: (user + system) / 1e6 / seconds,
    cpu: (user + system) / 1e3 / requests,
    handedOver: drops['handed-over'],
  }
}

const show = (workers, { rate, cores, cpu, handedOver }) =>
  console.log(
    `${workers} ${workers === 1 ? 'worker ' : 'workers'}  ${rate.toFixed(0)} requests/s  ${cores.toFixed(2)} processors used  ${cpu.toFixed(3)} CPU ms a request  ${handedOver} packets handed over`,
  )

const ratios = []
const perCore = []
console.log(`${options.milliseconds} ms of CPU a request, ${availableParallelism()} processors`)
for (let i = 0; i < options.reps; i++) {
  const one = await measure(1)
  show(1, one)
  const many = await measure(options.workers)
  show(options.workers, many)
  ratios.push(many.rate / one.rate)
  perCore.push(one.cpu / many.cpu)
}
console.log(
  `${options.workers} workers ÷ 1, requests/s: ${median(ratios).toFixed(2)} (median of ${ratios.map(r => r.toFixed(2)).join(', ')}); for the same CPU: ${median(perCore).toFixed(2)}`,
)
