/** The Unix socket by which a running stack tells of itself. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { sum, together } from '../base/sums.ts'
import { hostStatusInParts } from '../host/status.ts'
import type { TunCounters } from '../link/tun.ts'
import { listenAtPath } from '../net/listen-at-path.ts'
import type { Stack } from '../net/stack.ts'
import type { PoolStatus, StackPool } from '../pool/stack-pool.ts'
import type { ConnectionStatus } from '../tcp/status.ts'
import { Failure } from './command.ts'
import { partsOf, rowsAsJson } from './connection-rows.ts'
import { networkNamespace, ownControlPath } from './control-paths.ts'
import {
  type Answers,
  type Counters,
  LONGEST_QUESTION,
  lineSplitter,
  QUESTIONS,
  type Question,
} from './control-protocol.ts'
import type { FaultAnswer } from './fault-orders.ts'
import { version } from './version.ts'

export interface ControlSubject {
  readonly command: string
  /** Those that it tells of, at the moment; and those of other threads. */
  readonly stacks: () => readonly Stack[]
  readonly pool?: Pick<StackPool, 'status'>
  /** The links that their packets travel over. */
  readonly device: { readonly name: string; readonly counters: TunCounters }
  /** Takes orders about faults; null when it takes none. */
  readonly orders: { obey(given: unknown): FaultAnswer | Promise<FaultAnswer> } | null
  readonly hostAddress: string
  readonly address: string
}

export interface ControlSocket {
  readonly path: string
  close(): void
}

/** sun_path of unix(7), less the zero at its end; a longer path is cut without a word. */
const LONGEST_PATH = 107

/** Short answers; connections may be many, see {@link allConnections}. */
type ShortQuestion = Exclude<Question, 'connections'>
type Answerers = { readonly [K in ShortQuestion]: () => Answers[K] | Promise<Answers[K]> }

const thoseAboveZero = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))

const countersOf = (stacks: readonly Stack[], device: ControlSubject['device']): Counters => ({
  ...together(stacks.map(({ host }) => host.counters)),
  drops: thoseAboveZero(together(stacks.map(({ host }) => host.drops))),
  connections: sum(stacks.map(({ host }) => host.connections.size)),
  timers: sum(stacks.map(({ host }) => host.timers)),
  memory: together(stacks.map(stack => stack.memory())),
  device: { ...device.counters },
})

const countersOfPool = ({ connections, counters, drops, ...rest }: PoolStatus): Counters => ({
  ...(counters as Stack['host']['counters']),
  ...rest,
  drops: thoseAboveZero(drops),
  connections: connections.filter(({ state }) => state !== 'LISTEN').length,
})

const answerers = ({ command, stacks, pool, device, hostAddress, address }: ControlSubject): Answerers => ({
  about: () => ({
    pid: process.pid,
    command,
    version: version(),
    device: device.name,
    hostAddress,
    address,
    namespace: networkNamespace(),
  }),
  counters: async () =>
    pool === undefined ? countersOf(stacks(), device) : countersOfPool(await pool.status()),
})

const allConnections = async ({
  stacks,
  pool,
}: ControlSubject): Promise<Iterable<readonly ConnectionStatus[]>> =>
  pool === undefined ? partsOfAll(stacks()) : partsOf((await pool.status()).connections)

function* partsOfAll(stacks: readonly Stack[]): Generator<ConnectionStatus[], void, undefined> {
  for (const { host } of stacks) yield* hostStatusInParts(host)
}

/** The rest of an answer that is an object: the number of its question, if it has one. */
const closing = (id: unknown): string => (id === undefined ? '}' : `,"id":${JSON.stringify(id)}}`)

/** An answer, in pieces. */
async function* answer(
  line: string,
  subject: ControlSubject,
  all: Answerers,
): AsyncGenerator<string, void, undefined> {
  let question: { id?: unknown; get?: unknown; fault?: unknown }
  try {
    question = Object(JSON.parse(line))
  } catch {
    yield JSON.stringify({ error: 'not JSON' })
    return
  }
  const { id, get, fault } = question
  try {
    yield* answerTo(get, fault, id, subject, all)
  } catch (error) {
    yield JSON.stringify({ id, error: (error as Error).message })
  }
}

/** @throws Error (a promise of it) when a worker of a pool says nothing */
async function* answerTo(
  get: unknown,
  fault: unknown,
  id: unknown,
  subject: ControlSubject,
  all: Answerers,
): AsyncGenerator<string, void, undefined> {
  if (fault !== undefined) yield JSON.stringify({ id, ...(await obey(fault, subject.orders)) })
  else if (get === 'connections') {
    const parts = await allConnections(subject)
    yield '{"connections":'
    yield* rowsAsJson(parts)
    yield closing(id)
  } else if (typeof get !== 'string' || !Object.hasOwn(all, get))
    yield JSON.stringify({ id, error: `unknown question; known: ${QUESTIONS.join(', ')}` })
  else yield JSON.stringify({ id, [get]: await all[get as ShortQuestion]() })
}

const obey = async (order: unknown, orders: ControlSubject['orders']): Promise<object> => {
  if (orders === null)
    return {
      error: 'this stack takes no faults; one of tuntcp forward or tuntcp proxy, or of tuntcp/register, does',
    }
  try {
    return { fault: await orders.obey(order) }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

/** One question at a time: whoever does not read the answers is asked nothing more, and costs a part of one answer. */
const converse = async (socket: Socket, subject: ControlSubject, all: Answerers): Promise<void> => {
  const write = async (text: string): Promise<void> => {
    if (!socket.write(text)) await once(socket, 'drain')
  }
  socket.setEncoding('utf8')
  const split = lineSplitter()
  for await (const chunk of socket as AsyncIterable<string>) {
    for (const line of split.lines(chunk)) {
      if (line.trim() === '') continue
      for await (const piece of answer(line, subject, all)) await write(piece)
      await write('\n')
    }
    if (split.rest > LONGEST_QUESTION) return
  }
}

const listen = async (server: Server, path: string): Promise<void> => {
  // Nobody else may ask, not even between bind and chmod.
  const before = process.umask(0o177)
  try {
    server.listen(path)
  } finally {
    process.umask(before)
  }
  await once(server, 'listening')
}

/**
 * Answers questions at `path`, by default where `tuntcp ss` looks.
 * @throws Failure when the path is taken or not possible
 */
export const openControl = async (
  path: string | undefined,
  subject: ControlSubject,
): Promise<ControlSocket> => {
  const at = path ?? ownControlPath()
  if (Buffer.byteLength(at) > LONGEST_PATH)
    throw new Failure(`the path of the control socket is too long (over ${LONGEST_PATH} bytes): ${at}`)
  const all = answerers(subject)
  const open = new Set<Socket>()
  const server = createServer(socket => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    // The client may go away at any time.
    socket.on('error', () => {})
    converse(socket, subject, all).then(
      () => socket.destroySoon(),
      () => socket.destroy(),
    )
  })
  let end: () => void
  try {
    end = await listenAtPath(server, at, () => listen(server, at))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Failure(
      `no control socket at ${at}: ${code === 'EADDRINUSE' ? 'the path is taken, choose another (--control PATH)' : message}`,
    )
  }
  server.unref()
  // For ends without close: a second SIGINT, nobody left who reads the log.
  process.once('exit', end)
  return {
    path: at,
    close() {
      process.off('exit', end)
      end()
      for (const socket of open) socket.destroy()
    },
  }
}
