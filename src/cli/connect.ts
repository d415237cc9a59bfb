/** tuntcp connect: an nc over our stack. */
import { once } from 'node:events'
import type { Socket } from '../net/socket.ts'
import { type Arguments, wholeNumber } from './arguments.ts'
import { type Command, UsageError } from './command.ts'
import { Ending } from './ending.ts'
import { DataOutput, longOutputs } from './output.ts'
import { onStandardOutput } from './packet-files.ts'
import { runStack } from './running-stack.ts'
import { stackOptionSpecs, stackSettings, tcpOptionNotes } from './stack-options.ts'

const DEFAULT_LOG = 'warn'

export const connect: Command = {
  name: 'connect',
  usage: 'HOST PORT [OPTION…]',
  summary: 'Connect standard input and output to a TCP server, as nc does, over our stack',
  description: `Sends standard input and prints what comes back. At the end of input it closes its direction (FIN) and goes on reading; it ends when both directions have, and from a terminal as soon as the server has.

    The exit code is 0 after an orderly end, 1 otherwise. The log goes to standard error. Servers of this machine are reached at the host's end of the device: tuntcp connect 192.0.2.1 22. Others need this machine to forward packets (sysctl net.ipv4.ip_forward=1 and address translation).`,
  options: {
    'source-port': { value: 'PORT', help: 'Connect from this port (default: one that is free).' },
    ...stackOptionSpecs(DEFAULT_LOG),
  },
  examples: [
    ['connect 192.0.2.1 22', 'The SSH server of this machine, through our TCP.'],
    ['connect 192.0.2.1 80 --pcap client.pcapng', 'The same for a web server, kept for Wireshark.'],
  ],
  operands: ['HOST', 'PORT'],
  notes: tcpOptionNotes,
  run: given => run(given),
}

const run = async (given: Arguments): Promise<number> => {
  const [host, portText] = given.operands as [string, string]
  const port = wholeNumber('PORT', portText, 1, 65_535)
  const sourcePort = given.get('source-port')
  const localPort = sourcePort === undefined ? 0 : wholeNumber('--source-port', sourcePort, 1, 65_535)
  const settings = stackSettings(given, DEFAULT_LOG)
  const taken = onStandardOutput(settings)
  if (taken !== null)
    throw new UsageError(`${taken} - has no place to go, since standard output has the data: name a file`)
  const outputs = longOutputs()
  const ending = new Ending()
  const running = await runStack({
    command: 'connect',
    settings,
    log: outputs.error,
    lost(error) {
      console.error(`tuntcp: ${error.message}`)
      ending.end(1)
    },
  })
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.once(signal, () => {
      process.once(signal, () => process.exit(code))
      ending.end(code)
    })
  const socket = running.stack.connect({ host, port, localPort, allowHalfOpen: true, highWaterMark: 1 << 18 })
  converse(socket).then(
    code => ending.end(code),
    (error: Error) => {
      console.error(`tuntcp: ${error.message}`)
      ending.end(1)
    },
  )
  const code = await ending.code
  await running.close()
  await outputs.settled()
  // Standard input, a terminal's above all, would keep the process.
  process.stdin.destroy()
  return code
}

/** Until both directions have ended. @throws what the connection failed with */
const converse = async (socket: Socket): Promise<number> => {
  const { stdin } = process
  const stdout = new DataOutput(1)
  await once(socket, 'connect')
  // Nobody to read what comes: nobody to ask for it either.
  stdout.on('error', () => socket.destroy())
  stdin.on('error', () => socket.end())
  socket.on('data', (chunk: Uint8Array) => {
    if (!stdout.write(chunk)) {
      socket.pause()
      stdout.once('drain', () => socket.resume())
    }
  })
  socket.on('end', () => {
    // A person at a terminal would wait in vain.
    if (stdin.isTTY) socket.end()
  })
  stdin.pipe(socket)
  await once(socket, 'close')
  // Buffered data goes first. ('drain' would come only if a write had been refused.)
  await new Promise<void>(resolve => stdout.write('', () => resolve()))
  return 0
}
