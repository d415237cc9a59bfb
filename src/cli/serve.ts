import type { Socket } from '../net/socket.ts'
import type { Stack } from '../net/stack.ts'
import { formatAddress, parsePrefix } from '../wire/address.ts'
import { Control } from './control.ts'
import { httpService } from './http.ts'
import { chargen, daytime, discard, echo } from './services.ts'
import { endWith } from './signals.ts'
import { openStack, STACK_HELP, STACK_OPTIONS } from './stack-options.ts'
import { CommandError, parse, UsageError, wholeNumber } from './usage.ts'

const HELP = `tuntcp serve: services on our stack, for any client of the kernel's

  --echo, --discard, --daytime, --chargen, --http PORT
                        another port for the service (default 7, 9, 13, 19, 80); 0 turns it off
  --only NAMES          only these services, such as echo,http
${STACK_HELP}
`

const SERVICES: Record<
  string,
  { readonly port: number; readonly start: (stack: Stack, port: number) => Listening }
> = {
  echo: { port: 7, start: (stack, port) => listen(stack, port, echo) },
  discard: { port: 9, start: (stack, port) => listen(stack, port, discard) },
  daytime: { port: 13, start: (stack, port) => listen(stack, port, daytime) },
  chargen: { port: 19, start: (stack, port) => listen(stack, port, chargen) },
  http: { port: 80, start: (stack, port) => stack.serve(httpService(), { port }) },
}

interface Listening {
  once(event: 'listening', listener: () => void): unknown
  once(event: 'error', listener: (error: Error) => void): unknown
}

const listen = (stack: Stack, port: number, service: (socket: Socket) => void): Listening => {
  const server = stack.createServer({ allowHalfOpen: true }, socket => {
    // A client that resets its connection is nothing to make a noise about: the log has it.
    socket.on('error', () => {})
    service(socket)
  })
  return server.listen(port)
}

/** Which services on which ports. */
const chosen = (values: Record<string, unknown>): [string, number][] => {
  const names = typeof values.only === 'string' ? values.only.split(',') : Object.keys(SERVICES)
  for (const name of names)
    if (!Object.hasOwn(SERVICES, name))
      throw new UsageError(`--only takes names of ${Object.keys(SERVICES).join(', ')}, not '${name}'`)
  const ports = names.map((name): [string, number] => {
    const given = values[name]
    return [
      name,
      typeof given === 'string' ? wholeNumber(`--${name}`, given, 0, 65_535) : SERVICES[name]!.port,
    ]
  })
  const services = ports.filter(([, port]) => port !== 0)
  if (services.length === 0) throw new UsageError('no service is left to serve')
  return services
}

export const serve = async (args: readonly string[]): Promise<void> => {
  const { values } = parse(
    args,
    {
      ...STACK_OPTIONS,
      echo: { type: 'string' },
      discard: { type: 'string' },
      daytime: { type: 'string' },
      chargen: { type: 'string' },
      http: { type: 'string' },
      only: { type: 'string' },
    } as const,
    0,
  )
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  const services = chosen(values)
  const log = values.pcap === '-' ? process.stderr : process.stdout
  const running = openStack(values, 'info', log)
  const { stack, link } = running
  const control = await Control.open(stack, values.control)
  endWith(async () => {
    control.close()
    await running.close()
  })
  await Promise.all(
    services.map(
      ([name, port]) =>
        new Promise<void>((resolve, reject) => {
          const listening = SERVICES[name]!.start(stack, port)
          listening.once('listening', resolve)
          listening.once('error', error => reject(new CommandError(`${name}: ${error.message}`)))
        }),
    ),
  )
  const address = formatAddress(parsePrefix(values.address).address)
  const list = services.map(([name, port]) => `${name} ${port}`).join(', ')
  const example = services.some(([name]) => name === 'http')
    ? `curl http://${address}/`
    : `nc ${address} ${services[0]![1]}`
  process.stderr.write(
    `tuntcp serves ${list} on ${address} by ${link.name} (the host has ${link.ipv4 ?? 'no address'}). Try: ${example}\n`,
  )
}
