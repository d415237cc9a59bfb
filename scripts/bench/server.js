/**
 * The server that is measured: one program of node:net's calls, which runs on a kernel's sockets or on ours; or the
 * services of `tuntcp serve`, which are on the bare core.
 *
 *   node server.js node 192.0.2.2
 *   node server.js tuntcp 192.0.2.2 tun0 [plain | software | busy | lent]
 *   node server.js core 192.0.2.2 tun0 [plain | software | busy]
 *
 * It asks for nothing; with a pipe on descriptor 3 it answers each line of its input there (see {@link answer}).
 */
import { createWriteStream } from 'node:fs'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { serveAll, serveHttp } from './services.js'

const [kind, address, device, special] = process.argv.slice(2)

/** Microseconds. */
const BUSY_POLL = 100

/** What is asked for but by default. */
const OFFLOADS = { plain: false, software: 'software' }

const openStack = async () => {
  const { createStack, openTun } = await import('../../dist/src/index.js')
  const busyPoll = special === 'busy' ? BUSY_POLL : 0
  const link = openTun({ name: device, offload: OFFLOADS[special] ?? true, busyPoll })
  return createStack({
    link,
    address: `${address}/${address.includes(':') ? 64 : 24}`,
    tcp: { congestionControl: 'cubic' },
  })
}

/** By kind. A server of Node's comes to listen in another way on each. */
const SERVERS = {
  async node() {
    const { default: net } = await import('node:net')
    serveAll({ net, listen: (server, port) => server.listen({ port, host: address }) })
  },
  async tuntcp() {
    const { default: net, setDefaultStack } = await import('../../dist/src/net/net.js')
    const stack = await openStack()
    setDefaultStack(stack)
    const lend = special === 'lent'
    serveAll({ net, options: { lend }, listen: (server, port) => stack.serve(server, { port }) })
  },
  async core() {
    const { BARE_SERVICES } = await import('../../dist/src/cli/services/all.js')
    const stack = await openStack()
    for (const { start, port } of BARE_SERVICES) await start(stack, port)
    serveHttp((server, port) => stack.serve(server, { port }))
  },
}

/** The answer to a line of our input. */
const answer = line => {
  if (line !== 'memory') return { error: `no answer to '${line}'` }
  // Twice: what finalizers let go of goes with the second.
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage()
}

await SERVERS[kind]()
process.on('SIGTERM', () => process.exit(0))
if (process.argv.includes('control')) {
  const answers = createWriteStream('', { fd: 3 })
  createInterface({ input: process.stdin }).on('line', line => {
    answers.write(`${JSON.stringify(answer(line))}\n`)
  })
}
