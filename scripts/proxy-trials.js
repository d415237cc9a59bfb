#!/usr/bin/env node
/**
 * What the proxy carries, beside a connection without it: goodput, round trip, connections at once, memory over many
 * connections, and goodput at faults beside docs/throughput.md. `node scripts/proxy-trials.js [rate|rtt|crowd|memory|faults]…`
 * after a build. Figures for docs/proxy.md; no test, as they are the machine's.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { fineClock } from '../dist/src/net/fine-clock.js'
import { nodeClock } from '../dist/src/net/node-clock.js'
import { TcpProxy } from '../dist/src/proxy/proxy.js'

const HOST = '127.0.0.1'
const CHUNK = Buffer.alloc(65_536)
const SEEDS = [1, 2, 3]
const SECONDS = 10

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
else await trials(process.argv.slice(2))

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

async function roundTrip(port, times = 5000) {
  const socket = await connect(port)
  const all = []
  for (let i = 0; i < times; i++) {
    const start = performance.now()
    socket.write('x')
    await once(socket, 'data')
    all.push(performance.now() - start)
  }
  socket.destroy()
  return all.sort((a, b) => a - b)[times >> 1]
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

async function trials(chosen) {
  const wants = name => chosen.length === 0 || chosen.includes(name)
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
    const [without, behind] = [await rate(sink.port, 1000), await rate(proxy.port, 1000)]
    console.log(`goodput: ${without.toFixed(2)} Gbit/s without, ${behind.toFixed(2)} Gbit/s with`)
  }
  if (wants('rtt')) {
    const proxy = await proxied(echo.port)
    const [without, behind] = [await roundTrip(echo.port), await roundTrip(proxy.port)]
    console.log(`round trip, median: ${without.toFixed(3)} ms without, ${behind.toFixed(3)} ms with`)
  }
  if (wants('crowd')) {
    const proxy = await proxied(echo.port)
    console.log(`5000 connections at once, each answered: ${(await crowd(proxy.port, 5000)).toFixed(0)} ms`)
  }
  if (wants('faults')) {
    // As docs/throughput.md has it: 100 Mbit/s, a queue of one bandwidth-delay product, losses in the direction of the
    // data, 10 s, three seeds.
    for (const [loss, rtt, expected] of [
      [0, 10, 96.17],
      [0, 40, 94.31],
      [0.01, 10, 14.25],
      [0.01, 40, 3.31],
      [0.03, 10, 7.35],
      [0.03, 40, 1.9],
    ]) {
      const both = { rate: 100e6, queue: Math.max((100e6 * rtt) / 8000, 150_000), delay: rtt / 2 }
      const all = []
      for (const seed of SEEDS) {
        const trialSink = await child('--serve', 'sink')
        const faulty = await child(
          '--proxy',
          String(trialSink.port),
          JSON.stringify({ both, upstream: { loss }, seed }),
        )
        all.push(await goodput(trialSink, faulty, SECONDS))
        trialSink.end()
        faulty.end()
      }
      const mean = all.reduce((sum, each) => sum + each) / all.length
      console.log(
        `loss ${loss * 100} %, round trip ${rtt} ms: ${mean.toFixed(2)} Mbit/s (${all.map(each => each.toFixed(2)).join(', ')}), throughput.md has ${expected}: ${(mean / expected).toFixed(2)}`,
      )
    }
  }
  if (wants('memory')) {
    const proxy = await proxied(echo.port)
    for (const { connections, heapMB, rssMB, sessions } of await memory(proxy, 200_000))
      console.log(
        `after ${connections} connections: heap ${heapMB.toFixed(1)} MB, resident ${rssMB.toFixed(1)} MB, ${sessions} open`,
      )
  }
  for (const each of [sink, echo, ...open]) each.end()
}
