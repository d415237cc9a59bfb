/**
 * Clients of databases, which keep a connection for long and want its end told truly: `pg` makes its socket and has
 * it connect itself, `ioredis` is handed one that connects. Their servers are scripts that speak the protocols.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { AbstractConnector, Redis } from 'ioredis'
import pg from 'pg'
import type { AnySocket, Scenario } from './worlds.ts'

// PostgreSQL: https://www.postgresql.org/docs/current/protocol-message-formats.html

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const int16 = (value: number): Buffer => int32(value).subarray(2)
const message = (type: string, ...parts: (Buffer | string)[]): Buffer => {
  const body = Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : part)))
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

const READY = message('Z', 'I')

/** One column of text, one row for each value. */
const rows = (values: string[]): Buffer =>
  Buffer.concat([
    message('T', int16(1), 'value\0', int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)),
    ...values.map(value => message('D', int16(1), int32(Buffer.byteLength(value)), value)),
    message('C', `SELECT ${values.length}\0`),
    READY,
  ])

/** `rows N` gives that many, `vanish` resets the connection; all else is an error. */
export const postgres = (socket: AnySocket): void => {
  let received = Buffer.alloc(0)
  let started = false
  socket.on('error', () => {})
  socket.on('data', data => {
    received = Buffer.concat([received, data])
    for (;;) {
      const at = started ? 1 : 0
      if (received.length < at + 4) return
      const length = at + received.readInt32BE(at)
      if (received.length < length) return
      const type = started ? String.fromCharCode(received[0]!) : 'startup'
      const text = received.toString('utf8', at + 4, length - 1)
      received = received.subarray(length)
      if (type === 'startup') {
        started = true
        socket.write(Buffer.concat([message('R', int32(0)), message('K', int32(7), int32(7)), READY]))
      } else if (type === 'X') socket.end()
      else if (text === 'vanish') socket.resetAndDestroy()
      else if (text.startsWith('rows '))
        socket.write(
          rows(Array.from({ length: Number(text.slice(5)) }, (_, i) => `row ${i} ${'x'.repeat(50)}`)),
        )
      else
        socket.write(Buffer.concat([message('E', 'SERROR\0', 'C42601\0', 'Mno such query\0', '\0'), READY]))
    }
  })
}

const withPg: Scenario = async world => {
  await world.accept(5432, postgres)
  const client = () =>
    new pg.Client({
      host: world.host,
      user: 'test',
      database: 'test',
      keepAlive: true,
      stream: () => world.socket(),
    } as pg.ClientConfig)
  const first = client()
  await first.connect()
  const { rows } = await first.query('rows 2000')
  assert.equal(rows.length, 2000)
  assert.equal(rows[1999].value, `row 1999 ${'x'.repeat(50)}`)
  const [one, two] = await Promise.all([first.query('rows 1'), first.query('rows 2')])
  assert.deepEqual([one.rows.length, two.rows.length], [1, 2])
  await assert.rejects(first.query('nonsense'), { code: '42601' })
  await first.end()
  const second = client()
  await second.connect()
  second.on('error', () => {})
  await assert.rejects(second.query('vanish'), { code: 'ECONNRESET' })
}

// Redis: https://redis.io/docs/latest/develop/reference/protocol-spec/

/** SET and GET of one connection's memory; QUIT; all else is an error. */
const redis = (socket: AnySocket): void => {
  const memory = new Map<string, string>()
  const bulk = (value: string | undefined) =>
    value === undefined ? '$-1\r\n' : `$${Buffer.byteLength(value)}\r\n${value}\r\n`
  let received = ''
  socket.setEncoding('latin1').on('error', () => {})
  socket.on('data', data => {
    received += data
    for (;;) {
      const parsed = parseCommand(received)
      if (parsed === null) return
      const [[name = '', key = '', value = ''], length] = parsed
      received = received.slice(length)
      switch (name.toUpperCase()) {
        case 'SET':
          memory.set(key, value)
          socket.write('+OK\r\n')
          break
        case 'GET':
          socket.write(bulk(memory.get(key)))
          break
        case 'QUIT':
          socket.end('+OK\r\n')
          break
        default:
          socket.write(`-ERR unknown command ${name}\r\n`)
      }
    }
  })
}

/** An array of bulk strings and its length, or null as long as it is not whole. */
const parseCommand = (text: string): [string[], number] | null => {
  const end = text.indexOf('\r\n')
  if (end < 0) return null
  const words: string[] = []
  let at = end + 2
  for (let left = Number(text.slice(1, end)); left > 0; left--) {
    const line = text.indexOf('\r\n', at)
    if (line < 0) return null
    const length = Number(text.slice(at + 1, line))
    at = line + 2
    if (text.length < at + length + 2) return null
    words.push(text.slice(at, at + length))
    at += length + 2
  }
  return [words, at]
}

const withRedis: Scenario = async world => {
  await world.accept(6379, redis)
  class Connector extends AbstractConnector {
    constructor() {
      super(1000)
    }
    override async connect() {
      this.connecting = true
      const socket = world.connect(6379)
      this.stream = socket
      return socket
    }
  }
  const client = new Redis({
    Connector,
    lazyConnect: true,
    enableReadyCheck: false,
    disableClientInfo: true,
  } as never)
  await client.connect()
  const long = 'y'.repeat(100_000)
  assert.equal(await client.set('short', 'value'), 'OK')
  assert.equal(await client.set('long', long), 'OK')
  const answers = await Promise.all([client.get('short'), client.get('long'), client.get('none')])
  assert.deepEqual(answers, ['value', long, null])
  await assert.rejects(client.call('NONSENSE'), /unknown command/)
  const ended = once(client, 'end')
  assert.equal(await client.quit(), 'OK')
  await ended
}

export const scenarios: Record<string, Scenario> = { pg: withPg, ioredis: withRedis }
