/**
 * The server that is measured: one program of node:net's calls, which runs on a kernel's sockets or on ours.
 *
 *   node server.js node 192.0.2.2
 *   node server.js tuntcp 192.0.2.2 tun0 [plain]
 *
 * It asks for nothing; with a pipe on descriptor 3 it answers each line of its input there (see {@link answer}).
 */
import { createWriteStream } from 'node:fs'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { serveAll } from './services.js'

const [kind, address, device, plain] = process.argv.slice(2)

/** The module node:net or ours, and how a server of Node's comes to listen on it. */
const openNet = async () => {
  if (kind === 'node') {
    const { default: net } = await import('node:net')
    return { net, listen: (server, port) => server.listen({ port, host: address }) }
  }
  const { createStack, openTun } = await import('../../dist/src/index.js')
  const { default: net, setDefaultStack } = await import('../../dist/src/net/net.js')
  const link = openTun({ name: device, offload: plain !== 'plain' })
  const stack = createStack({ link, address: `${address}/24`, tcp: { congestionControl: 'cubic' } })
  setDefaultStack(stack)
  return { net, listen: (server, port) => stack.serve(server, { port }) }
}

/** What a line of our input asks for. */
const answer = line => {
  if (line !== 'memory') return { error: `no answer to '${line}'` }
  // Twice: what finalizers let go of goes with the second.
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage()
}

serveAll(await openNet())
process.on('SIGTERM', () => process.exit(0))
if (process.argv.includes('control')) {
  const answers = createWriteStream('', { fd: 3 })
  createInterface({ input: process.stdin }).on('line', line => {
    answers.write(`${JSON.stringify(answer(line))}\n`)
  })
}
