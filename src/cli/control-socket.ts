/** The Unix socket by which a running stack tells of itself. */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { sum, together } from '../base/sums.ts'
import type { TunCounters } from '../link/tun.ts'
import { listenAtPath } from '../net/listen-at-path.ts'
import type { Stack } from '../net/stack.ts'
import type { PoolStatus, StackPool } from '../pool/stack-pool.ts'
import { Failure } from './command.ts'
import { networkNamespace, ownControlPath } from './control-paths.ts'
import { type Answers, type Counters, LONGEST_QUESTION, type Question, toRow } from './control-protocol.ts'
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

type Answerers = { readonly [K in Question]: () => Answers[K] | Promise<Answers[K]> }

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
  connections: async () =>
    (pool === undefined
      ? stacks().flatMap(stack => stack.connections())
      : (await pool.status()).connections
    ).map(toRow),
  counters: async () =>
    pool === undefined ? countersOf(stacks(), device) : countersOfPool(await pool.status()),
})

const answer = async (line: string, all: Answerers, faults: ControlSubject['orders']): Promise<object> => {
  let question: { id?: unknown; get?: unknown; fault?: unknown }
  try {
    question = Object(JSON.parse(line))
  } catch {
    return { error: 'not JSON' }
  }
  const { id, get, fault } = question
  if (fault !== undefined) {
    if (faults === null)
      return {
        id,
        error:
          'this stack takes no faults; one of tuntcp forward or tuntcp proxy, or of tuntcp/register, does',
      }
    try {
      return { id, fault: await faults.obey(fault) }
    } catch (error) {
      return { id, error: (error as Error).message }
    }
  }
  if (typeof get !== 'string' || !Object.hasOwn(all, get))
    return { id, error: `unknown question; known: ${Object.keys(all).join(', ')}` }
  return { id, [get]: await all[get as Question]() }
}

/** One question at a time: whoever does not read the answers is asked nothing more, and costs one answer. */
const converse = async (socket: Socket, all: Answerers, faults: ControlSubject['orders']): Promise<void> => {
  socket.setEncoding('utf8')
  let rest = ''
  for await (const chunk of socket as AsyncIterable<string>) {
    const questions = (rest + chunk).split('\n')
    rest = questions.pop()!
    for (const line of questions) {
      if (line.trim() === '') continue
      if (!socket.write(`${JSON.stringify(await answer(line, all, faults))}\n`)) await once(socket, 'drain')
    }
    if (rest.length > LONGEST_QUESTION) return
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
  const faults = subject.orders
  const open = new Set<Socket>()
  const server = createServer(socket => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    // The client may go away at any time.
    socket.on('error', () => {})
    converse(socket, all, faults).then(
      () => socket.destroySoon(),
      () => socket.destroy(),
    )
  })
  try {
    await listenAtPath(at, () => listen(server, at))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Failure(
      `no control socket at ${at}: ${code === 'EADDRINUSE' ? 'the path is taken, choose another (--control PATH)' : message}`,
    )
  }
  server.unref()
  // For ends without close: a second SIGINT, nobody left who reads the log.
  const remove = () => rmSync(at, { force: true })
  process.once('exit', remove)
  return {
    path: at,
    close() {
      process.off('exit', remove)
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
