import { pipeline } from 'node:stream/promises'
import { Control } from './control.ts'
import { endWith } from './signals.ts'
import { openStack, STACK_HELP, STACK_OPTIONS } from './stack-options.ts'
import { CommandError, parse, UsageError, wholeNumber } from './usage.ts'

const HELP = `tuntcp connect HOST PORT: standard input to a TCP connection of our stack, and back

  --source-port PORT    ours (default: an ephemeral one)
${STACK_HELP}
`

export const connect = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = parse(
    args,
    { ...STACK_OPTIONS, 'source-port': { type: 'string' } } as const,
    2,
  )
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  const [host, portText] = positionals
  if (host === undefined || portText === undefined)
    throw new UsageError('connect takes a HOST and a PORT, such as: tuntcp connect 192.0.2.1 22')
  const port = wholeNumber('PORT', portText, 1, 65_535)
  const source = values['source-port']
  const localPort = source === undefined ? {} : { localPort: wholeNumber('--source-port', source, 1, 65_535) }
  if (values.pcap === '-')
    throw new UsageError('--pcap - does not go with connect: standard output has the data')
  const running = openStack(values, 'warn', process.stderr)
  const control = await Control.open(running.stack, values.control)
  endWith(async () => {
    control.close()
    await running.close()
  })
  const socket = running.stack.connect({ host, port, ...localPort, allowHalfOpen: true })
  try {
    // The end of the input is our FIN, the end of the output the peer's.
    await Promise.all([pipeline(process.stdin, socket), pipeline(socket, process.stdout, { end: false })])
  } catch (error) {
    throw new CommandError((error as Error).message)
  } finally {
    control.close()
    await running.close()
  }
}
