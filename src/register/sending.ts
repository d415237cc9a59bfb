/** Only a handle with a descriptor can go to another process: one of the stack's is refused where it is given. */
import { ChildProcess } from 'node:child_process'
import net from 'node:net'
import { isOfLibuv } from './node-inside.ts'
import { RelayHandle } from './relay-handle.ts'
import { ServerHandle } from './server-handle.ts'
import { StackHandle } from './stack-handle.ts'

type Send = (this: object, message: unknown, handle: unknown, ...rest: unknown[]) => boolean

interface Channelled {
  _send?: Send
}

interface Spawning {
  spawn(this: Channelled, options: { stdio?: unknown }): number
}

const error = (code: string, message: string): TypeError => Object.assign(new TypeError(message), { code })

const handleOf = (given: unknown): unknown =>
  given instanceof net.Socket || given instanceof net.Server
    ? (given as unknown as { _handle: unknown })._handle
    : given

const isOurs = (handle: unknown): boolean =>
  handle instanceof StackHandle || handle instanceof RelayHandle || handle instanceof ServerHandle

/** @throws TypeError ERR_INVALID_HANDLE_TYPE, as Node for what it cannot send */
const checkSent = (given: unknown): void => {
  const handle = handleOf(given)
  if (isOurs(handle))
    throw error(
      'ERR_INVALID_HANDLE_TYPE',
      `This handle type cannot be sent: the ${given instanceof net.Server ? 'server' : 'connection'} is on tuntcp's ` +
        'stack in this process and has no descriptor. Pass the data on, or have the address be the kernel’s',
    )
  // TLS has none either, whatever is beneath it.
  if (given instanceof net.Socket && typeof handle === 'object' && handle !== null && !isOfLibuv(handle))
    throw error('ERR_INVALID_HANDLE_TYPE', 'This handle type cannot be sent: it has no descriptor')
}

/** @throws TypeError ERR_INVALID_ARG_VALUE */
const checkStdio = (stdio: unknown): void => {
  if (!Array.isArray(stdio)) return
  for (const each of stdio)
    if (isOurs(handleOf(each)))
      throw error(
        'ERR_INVALID_ARG_VALUE',
        "The argument 'stdio' is invalid. A connection on tuntcp's stack has no descriptor that a child could " +
          "inherit: use 'pipe', and pipe the connection to it",
      )
}

const guard = (channelled: Channelled): void => {
  const send = channelled._send
  if (send === undefined) return
  channelled._send = function (message, handle, ...rest) {
    if (handle) checkSent(handle)
    return send.call(this, message, handle, ...rest)
  }
}

/** @returns undoes it, for children that are made later */
export const installSending = (childBegins: () => void): (() => void) => {
  const prototype = ChildProcess.prototype as unknown as Spawning
  const { spawn } = prototype
  const ours = process as Channelled
  const { _send } = ours
  guard(ours)
  prototype.spawn = function (options) {
    checkStdio(options?.stdio)
    childBegins()
    const error = spawn.call(this, options)
    guard(this)
    return error
  }
  return () => {
    prototype.spawn = spawn
    if (_send !== undefined) ours._send = _send
  }
}
