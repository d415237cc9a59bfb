#!/usr/bin/env node
/**
 * Measures what the proxy carries, beside connections without it: goodput, round trips, connections at once, memory over many
 * connections, and goodput at faults beside docs/throughput.md. After a build:
 *
 *   node scripts/proxy-trials.js [rate|rtt|crowd|memory|faults]… [--loss PERCENT]… [--rtt MS]… [--seeds N]
 *
 * Without a name it is all of them. `faults` takes 10 s for each of the losses (0, 1, 3), round trips (10, 40) and seeds (3);
 * `memory` minutes. Figures for docs/proxy.md; no test, as they are the machine's.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import process from 'node:process'
import { fineClock } from '../dist/src/net/fine-clock.js'
import { nodeClock } from '../dist/src/net/node-clock.js'
import { TcpProxy } from '../dist/src/proxy/proxy.js'
import { median } from './bench/statistics.js'
import { commandLine } from './command-line.js'

const HOST = '127.0.0.1'
const CHUNK = Buffer.alloc(65_536)
const SECONDS = 10
/** Times that what is compared is measured in turn. */
const PAIRS = 3
const TRIALS = ['rate', 'rtt', 'crowd', 'faults', 'memory']

/** Bytes that the sink has received of its last connection. */
let received = 0

/** A server in a process of its own: what it has received it tells at the end and when asked, unless it is to echo. */
const serve = kind => {
  process.on('message', () => process.send(received))
  net
    .createServer({ allowHalfOpen: true, noDelay: true }, socket => {
      socket.on('error', () => {})
      if (kind === 'echo') socket.pipe(socket)
      else {
        received = 0
        socket.on('data', data => (received += data.length))
        socket.on('end', () => socket.end(String(received)))
      }
    })
    .listen({ port: 0, host: HOST, backlog: 4096 }, function () {
      process.send(this.address().port)
    })
}

/** A proxy in a process of its own. */
const serveProxy = async (port, { both = {}, upstream = {}, seed = 1 }) => {
  const proxy = new TcpProxy({
    name: 'trial',
    listen: { host: HOST, port: 0 },
    target: { host: HOST, port },
    clock: nodeClock,
    pathClock: fineClock,
    seed,
  })
  proxy.passage.faults.change(both)
  proxy.passage.faults.change(upstream, 'upstream')
  await proxy.start()
  process.on('message', () => {
    globalThis.gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    process.send({ rss, heapUsed, sessions: proxy.passage.sessions.size })
  })
  process.send(proxy.listen.port)
}

const [role, ...args] = process.argv.slice(2)
if (role === '--serve') serve(args[0])
else if (role === '--proxy') await serveProxy(Number(args[0]), JSON.parse(args[1]))
else {
  const { values, positionals } = commandLine(import.meta.url, {
    loss: { type: 'string', multiple: true, default: ['0', '1', '3'] },
    rtt: { type: 'string', multiple: true, default: ['10', '40'] },
    seeds: { type: 'string', default: '3' },
  })
  const unknown = positionals.find(name => !TRIALS.includes(name))
  if (unknown !== undefined) {
    console.error(`proxy-trials: there is no trial '${unknown}': they are ${TRIALS.join(', ')}`)
    process.exit(2)
  }
  await trials(positionals.length > 0 ? positionals : TRIALS, values)
}

/** Goodput of the same TCP in virtual time, Mbit/s, as docs/throughput.md has it. */
function inVirtualTime(loss, rtt) {
  const rows = readFileSync(new URL('../docs/throughput.md', import.meta.url), 'utf8')
    .split('\n')
    .map(line => line.split('|').map(cell => cell.trim()))
  const row = rows.find(
    ([, control, ...cells]) => control === 'cubic' && cells[0] === `${loss} %` && cells[1] === `${rtt} ms`,
  )
  if (row === undefined) throw new Error(`docs/throughput.md has no path of ${loss} %, ${rtt} ms`)
  return Number(row[4])
}

async function child(...words) {
  const process_ = fork(new URL(import.meta.url).pathname, words, { execArgv: ['--expose-gc'] })
  const [port] = await once(process_, 'message')
  return { process: process_, port, end: () => process_.kill() }
}

async function connect(port) {
  const socket = net.connect({ port, host: HOST, noDelay: true })
  await once(socket, 'connect')
  return socket
}

async function rate(port, megabytes) {
  const socket = await connect(port)
  const start = performance.now()
  for (let i = 0; i < megabytes * 16; i++) if (!socket.write(CHUNK)) await once(socket, 'drain')
  socket.end()
  const [told] = await once(socket, 'data')
  if (Number(String(told)) !== megabytes * 16 * CHUNK.length) throw new Error(`only ${told} arrived`)
  return (megabytes * 16 * CHUNK.length * 8) / (performance.now() - start) / 1e6
}

/** Bits that arrive in so many seconds from the connection on, while there is always more to send; Mbit/s. */
async function goodput(sink, proxy, seconds) {
  const socket = await connect(proxy.port)
  socket.on('error', () => {})
  const fill = () => {
    while (socket.write(CHUNK));
  }
  socket.on('drain', fill)
  fill()
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  sink.process.send('received')
  const [bytes] = await once(sink.process, 'message')
  socket.destroy()
  return (bytes * 8) / seconds / 1e6
}

/** The median of round trips of a byte, ms, on so many connections at once. */
async function roundTrip(port, connections, times) {
  const all = []
  const ping = async () => {
    const socket = await connect(port)
    for (let i = 0; i < times; i++) {
      const start = performance.now()
      socket.write('x')
      await once(socket, 'data')
      all.push(performance.now() - start)
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: connections }, ping))
  return median(all)
}

/** Medians of what was measured without the proxy and with it, in turn. */
async function pairs(without, behind, measure) {
  const all = [[], []]
  for (let n = 0; n < PAIRS; n++)
    for (const [i, port] of [without, behind].entries()) all[i].push(await measure(port))
  return all.map(median)
}

async function crowd(port, count) {
  const sockets = []
  for (let i = 0; i < count; i += 250)
    sockets.push(
      ...(await Promise.all(Array.from({ length: Math.min(250, count - i) }, () => connect(port)))),
    )
  const start = performance.now()
  await Promise.all(
    sockets.map(async (socket, n) => {
      const text = `connection ${n}`
      socket.write(text)
      let heard = ''
      while (heard.length < text.length) heard += (await once(socket, 'data'))[0]
      if (heard !== text) throw new Error(`${text} heard ${heard}`)
    }),
  )
  const ms = performance.now() - start
  for (const socket of sockets) socket.destroy()
  return ms
}

async function memoryOf({ process: asked }) {
  asked.send('memory')
  return (await once(asked, 'message'))[0]
}

async function memory(proxy, count) {
  const figures = []
  for (let done = 0; done <= count; done += count / 10) {
    await new Promise(resolve => setTimeout(resolve, 1500))
    const { rss, heapUsed, sessions } = await memoryOf(proxy)
    figures.push({ connections: done, heapMB: heapUsed / 1e6, rssMB: rss / 1e6, sessions })
    if (done === count) break
    for (let i = 0; i < count / 10; i += 50)
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          const socket = await connect(proxy.port)
          socket.end('hello')
          socket.resume()
          await once(socket, 'close')
        }),
      )
  }
  return figures
}

async function trials(chosen, { loss: losses, rtt: rtts, seeds }) {
  const wants = name => chosen.includes(name)
  const sink = await child('--serve', 'sink')
  const echo = await child('--serve', 'echo')
  const open = []
  const proxied = async (port, faults = {}) => {
    const proxy = await child('--proxy', String(port), JSON.stringify(faults))
    open.push(proxy)
    return proxy
  }
  if (wants('rate')) {
    const proxy = await proxied(sink.port)
    const [without, behind] = await pairs(sink.port, proxy.port, port => rate(port, 1000))
    console.log(`goodput: ${without.toFixed(2)} Gbit/s without, ${behind.toFixed(2)} Gbit/s with`)
  }
  if (wants('rtt')) {
    const proxy = await proxied(echo.port)
    for (const connections of [1, 32]) {
      const [without, behind] = await pairs(echo.port, proxy.port, port =>
        roundTrip(port, connections, connections === 1 ? 5000 : 1000),
      )
      const more = behind - without
      console.log(
        `round trip, median, ${connections} at once: ${without.toFixed(3)} ms without, ${behind.toFixed(3)} ms with: ${more.toFixed(3)} ms more`,
      )
    }
  }
  if (wants('crowd')) {
    const proxy = await proxied(echo.port)
    console.log(`5000 connections at once, each answered: ${(await crowd(proxy.port, 5000)).toFixed(0)} ms`)
  }
  if (wants('faults'))
    for (const loss of losses) for (const rtt of rtts) await faulty(loss, rtt, Number(seeds))
  if (wants('memory')) {
    const proxy = await proxied(echo.port)
    for (const { connections, heapMB, rssMB, sessions } of await memory(proxy, 200_000))
      console.log(
        `after ${connections} connections: heap ${heapMB.toFixed(1)} MB, resident ${rssMB.toFixed(1)} MB, ${sessions} open`,
      )
  }
  for (const each of [sink, echo, ...open]) each.end()
}

/**
 * As docs/throughput.md has it: 100 Mbit/s, a queue of one bandwidth-delay product, losses in the direction of the data, 10 s.
 * @param loss percent
 * @param rtt ms
 */
async function faulty(loss, rtt, seeds) {
  const both = { rate: 100e6, queue: Math.max((100e6 * rtt) / 8000, 150_000), delay: rtt / 2 }
  const all = []
  for (let seed = 1; seed <= seeds; seed++) {
    const sink = await child('--serve', 'sink')
    const options = { both, upstream: { loss: loss / 100 }, seed }
    const proxy = await child('--proxy', String(sink.port), JSON.stringify(options))
    all.push(await goodput(sink, proxy, SECONDS))
    sink.end()
    proxy.end()
  }
  const mean = all.reduce((sum, each) => sum + each) / all.length
  const expected = inVirtualTime(loss, rtt)
  console.log(
    `loss ${loss} %, round trip ${rtt} ms: ${mean.toFixed(2)} Mbit/s (${all.map(each => each.toFixed(2)).join(', ')}), throughput.md has ${expected}: ${(mean / expected).toFixed(2)}`,
  )
}
