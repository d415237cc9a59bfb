/** One stack for all threads and children of a program that were told the same: the first process has it. */
import { randomBytes } from 'node:crypto'
import net from 'node:net'
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import { patiently } from '../net/patience.ts'
import { type Configuration, ConfigurationError } from './configuration.ts'
import { LENT_VARIABLE } from './environment.ts'
import { Hub } from './hub.ts'
import type { Surroundings } from './install.ts'
import { type About, Frames, writeMessage } from './relay-frames.ts'

/** The time that a thread waits for the address of the device, ms. */
const PATIENCE = 5000

/** The socket by which a process lends its stack to those it begins. */
interface Lending {
  /** The name of an abstract Unix socket. */
  readonly name: string
  readonly token: string
  /** Its configuration; with another one there is another stack. */
  readonly told: string
}

/** The stack that a thread or a process may use. */
export interface Lent {
  /** The path of a Unix socket. */
  readonly path: string
  readonly token: string
  /** The addresses on the device, with the lengths of its networks; none without a device. */
  readonly own: readonly string[]
}

const pathOf = (name: string): string => `\0${name}`

const parse = (text: unknown): Lending | null => {
  try {
    const { name, token, told } = JSON.parse(String(text)) as Partial<Lending>
    return name && token && told !== undefined ? { name, token, told } : null
  } catch {
    return null
  }
}

/** Asks for the addresses, so that the device is opened where it belongs. @throws ConfigurationError */
const ownAddresses = (path: string, token: string): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const refuse = () =>
      reject(
        new ConfigurationError(
          'the TUN device is of the process that has begun this one, and it does not answer; a thread or a process without tuntcp begins with `execArgv: []`',
        ),
      )
    const socket = net.connect(path).on('error', refuse)
    const answered = patiently(PATIENCE, refuse)
    new Frames(socket, {
      message({ own }: About) {
        answered()
        socket.destroy()
        resolve(own)
      },
    })
    writeMessage(socket, { token, about: true })
  })

/** The stack that this thread or process may use; null when it has its own. @throws ConfigurationError */
export const lentStack = async (configuration: Configuration): Promise<Lent | null> => {
  const lending = parse(getEnvironmentData(LENT_VARIABLE) ?? process.env[LENT_VARIABLE])
  if (lending === null || lending.told !== JSON.stringify(configuration)) return null
  const { name, token } = lending
  const path = pathOf(name)
  return { path, token, own: configuration.tun ? await ownAddresses(path, token) : [] }
}

/**
 * Lends this process's stack to what it begins from now on.
 * @returns to be called before a child process begins
 */
export const lendStack = (configuration: Configuration, around: () => Surroundings | null): (() => void) => {
  // Others have no sockets without a file.
  if (process.platform !== 'linux') return () => {}
  const name = `tuntcp-${process.pid}-${randomBytes(8).toString('hex')}`
  const token = randomBytes(16).toString('hex')
  const hub = new Hub(around, pathOf(name), token)
  const lending = JSON.stringify({ name, token, told: JSON.stringify(configuration) } satisfies Lending)
  setEnvironmentData(LENT_VARIABLE, lending)
  process.env[LENT_VARIABLE] = lending
  process.on('worker', () => hub.open())
  return () => hub.open()
}
