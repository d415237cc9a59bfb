// Runs a command with a socket that listens on the loopback here as its descriptor 9, and PAGE_FD=9: for a stack in a network
// namespace, whose own loopback no browser out here can reach. A socket stays in the namespace in which it was made.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { constants } from 'node:os'

const FD = 9
const PORT = 8474

/** A server that listens, on any port where the usual one is taken; null where there is no loopback. */
const listening = async () => {
  for (const port of [PORT, 0]) {
    const server = createServer()
    try {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      return server
    } catch {}
  }
  return null
}

const [command, ...args] = process.argv.slice(2)
const server = await listening()
// Not public, but the only way to the descriptor; without it there is no page.
const fd = server?._handle?.fd ?? -1
const child = spawn(command, args, {
  stdio: ['inherit', 'inherit', 'inherit', ...(fd < 0 ? [] : [...Array(FD - 3).fill('ignore'), fd])],
  env: { ...process.env, ...(fd < 0 ? {} : { PAGE_FD: String(FD) }) },
})
// Its copy is the child's; ours would take connections that nobody answers.
server?.close()
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
// A terminal's signal reaches the child too.
process.on('SIGINT', () => {})
child.on('error', error => {
  console.error(error.message)
  process.exitCode = 1
})
child.on('close', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal]
})
