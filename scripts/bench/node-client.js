/**
 * The figures of the client in JavaScript: over node:net where there is no C compiler, over a stack in the same process for
 * what is measured in memory. The same words and reports as those of client/*.c.
 */
import { once } from 'node:events'
import { Latencies } from './latencies.js'
import { PATTERN } from './services.js'

const ECHO = 7
const DISCARD = 9
const CHARGEN = 19
const HTTP = 80
const PERIOD = 251
const BYTE = Buffer.from('x')
const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: bench\r\n\r\n')

/** Seconds. */
const now = () => performance.now() / 1000

const connected = async (connect, port) => {
  const socket = connect(port)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** The cost of a span of time: `cpu` tells the CPU seconds so far, { serverCpu, clientCpu } or { cpu }. */
const begin = cpu => {
  const start = now()
  const before = cpu()
  return () => {
    const seconds = now() - start
    const spent = Object.entries(cpu()).map(([key, value]) => [key, value - before[key]])
    return { seconds, ...Object.fromEntries(spent) }
  }
}

const upload = async ({ connect, cpu, seconds }) => {
  const socket = await connected(connect, DISCARD)
  const since = begin(cpu)
  const end = now() + seconds
  let sent = 0
  let said = ''
  socket.on('data', text => {
    said += text
  })
  const fill = () => {
    while (now() < end) {
      sent += PATTERN.length
      if (!socket.write(PATTERN)) return
    }
    socket.end()
  }
  socket.on('drain', () => {
    if (!socket.writableEnded) fill()
  })
  fill()
  await once(socket, 'end')
  if (Number(said) !== sent) throw new Error(`upload: of ${sent} bytes the server has read ${said.trim()}`)
  return { bytes: sent, ...since() }
}

const download = async ({ connect, cpu, seconds, check = false }) => {
  const socket = await connected(connect, CHARGEN)
  const since = begin(cpu)
  const end = now() + seconds
  let bytes = 0
  await new Promise((resolve, reject) => {
    socket.on('close', () => reject(new Error('download: the server has closed')))
    socket.on('data', chunk => {
      const at = bytes % PERIOD
      if (check && chunk.compare(PATTERN, at, at + chunk.length) !== 0)
        reject(new Error('download: wrong bytes'))
      bytes += chunk.length
      if (now() >= end) resolve()
    })
  })
  const report = { bytes, ...since() }
  socket.destroy()
  return report
}

const echo = async ({ connect, cpu, seconds }) => {
  const latencies = new Latencies()
  const socket = await connected(connect, ECHO)
  socket.setNoDelay(true)
  const since = begin(cpu)
  const end = now() + seconds
  await new Promise((resolve, reject) => {
    let before = now()
    socket.on('close', () => reject(new Error('echo: the server has closed')))
    socket.on('data', () => {
      const after = now()
      latencies.add((after - before) * 1e6)
      before = after
      if (after < end) socket.write(BYTE)
      else resolve()
    })
    socket.write(BYTE)
  })
  const report = { ...latencies.report(), ...since() }
  socket.destroy()
  return report
}

/** One connection from beginning to end; whether it ended in order. */
const callOnce = connect =>
  new Promise(resolve => {
    const socket = connect(ECHO)
    let answered = false
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.write(BYTE))
    socket.on('data', () => {
      answered = true
      socket.end()
    })
    socket.on('close', () => resolve(answered))
  })

const connects = async ({ connect, cpu, seconds, atOnce = 1 }) => {
  const latencies = new Latencies()
  const since = begin(cpu)
  const end = now() + seconds
  let lost = 0
  const caller = async () => {
    while (now() < end) {
      const before = now()
      if (await callOnce(connect)) latencies.add((now() - before) * 1e6)
      else lost++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, caller))
  return { ...latencies.report(), lost, ...since() }
}

/** Asks on one connection after the other, `atOnce` at a time; those that have answered. */
const askAll = async (sockets, atOnce) => {
  const answered = []
  const waiting = [...sockets]
  const asker = async () => {
    for (let make = waiting.pop(); make !== undefined; make = waiting.pop()) {
      try {
        const socket = await make()
        socket.write(BYTE)
        await once(socket, 'data')
        answered.push(socket)
      } catch {
        // It does not count.
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, asker))
  return answered
}

/** @param pause is given the first report, and waited for before the connections are used again */
const idle = async ({ connect, cpu, connections, atOnce = 1, pause }) => {
  const since = begin(cpu)
  const makers = Array.from({ length: connections }, () => () => connected(connect, ECHO))
  const open = await askAll(makers, atOnce)
  await pause({ count: open.length, ...since() })
  const survived = await askAll(
    open.map(socket => () => socket),
    atOnce,
  )
  for (const socket of open) socket.destroy()
  return { survived: survived.length }
}

const END_OF_HEADER = '\r\n\r\n'

/** True when the whole of an answer is there; throws when it is none. */
const isWhole = text => {
  const header = text.indexOf(END_OF_HEADER)
  if (header < 0) return false
  const [, length] = /^content-length: *(\d+)/im.exec(text) ?? []
  if (!text.startsWith('HTTP/1.1 200') || length === undefined) throw new Error(`no answer: ${text}`)
  return text.length >= header + END_OF_HEADER.length + Number(length)
}

const http = async ({ connect, cpu, seconds, connections = 64 }) => {
  const latencies = new Latencies()
  const sockets = []
  for (let i = 0; i < connections; i++) sockets.push(await connected(connect, HTTP))
  const since = begin(cpu)
  const end = now() + seconds
  const visit = socket =>
    new Promise((resolve, reject) => {
      let text = ''
      let before = now()
      socket.on('close', () => reject(new Error('http: the server has closed')))
      socket.on('data', chunk => {
        text += chunk.latin1Slice()
        try {
          if (!isWhole(text)) return
        } catch (error) {
          reject(error)
          return
        }
        text = ''
        const after = now()
        latencies.add((after - before) * 1e6)
        before = after
        if (after < end) socket.write(REQUEST)
        else resolve()
      })
      socket.write(REQUEST)
    })
  await Promise.all(sockets.map(visit))
  const report = { ...latencies.report(), ...since() }
  for (const socket of sockets) socket.destroy()
  return report
}

const ready = async ({ connect, seconds }) => {
  for (const end = now() + seconds; now() < end; ) {
    if (await callOnce(connect)) return {}
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error('no echo on port 7')
}

const verify = async settings => {
  await download({ ...settings, check: true })
  await echo(settings)
  return await upload(settings)
}

export const clientFigures = { ready, verify, upload, download, echo, connects, idle, http }
