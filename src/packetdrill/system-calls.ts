/** The system calls of scripts, on the POSIX-like sockets of a host. */
import { Call, type Result, success } from '../posix/call.ts'
import { MSG_FASTOPEN } from '../posix/constants.ts'
import { UNSUPPORTED_OPTIONS } from '../posix/socket-options.ts'
import { readableBytes } from '../posix/transfer.ts'
import type { Expression, SystemCall } from './ast.ts'
import { type Begun, begun, count, fdOf, type Handler, type Surroundings, unit } from './begun-call.ts'
import { CallError, fieldOf, iovecOf, numberOf, pointedTo, wordOf } from './evaluate.ts'
import { optionName } from './option-names.ts'
import { createEpoll, epollControl, epollWait, poll } from './readiness-calls.ts'
import { SYMBOLS } from './symbols.ts'

const flagsOf = (given: readonly Expression[], at: number): number => numberOf(given[at], 'the flags')

const reading = (call: Call<Uint8Array>): Begun => {
  let read: Uint8Array | null = null
  call.whenDone(result => {
    if (result.ok) read = result.value
  })
  return begun(
    count(call, bytes => bytes.length),
    () => (read?.some(byte => byte !== 0) ? 'the bytes read are not the zeros that were sent' : null),
  )
}

const zeros = (given: readonly Expression[]): Uint8Array => new Uint8Array(numberOf(given[2], 'the length'))

const HANDLERS: Readonly<Record<string, Handler>> = {
  socket: (given, { sockets, family }) => {
    const type = numberOf(given[1], 'the type')
    const flags = SYMBOLS.SOCK_NONBLOCK! | SYMBOLS.SOCK_CLOEXEC!
    if ((type & ~flags) !== SYMBOLS.SOCK_STREAM) throw new CallError('the stack has stream sockets only')
    const domain = given[0]?.kind === 'ellipsis' ? family : numberOf(given[0], 'the family')
    return begun(Call.done(sockets.socket(type & SYMBOLS.SOCK_NONBLOCK!, domain)))
  },
  bind: (given, around) => unit(around.sockets.bind(fdOf(given, around), around.local)),
  listen: (given, around) =>
    unit(around.sockets.listen(fdOf(given, around), numberOf(given[1], 'the backlog'))),
  accept: (given, around) => begun(around.sockets.accept(fdOf(given, around))),
  connect: (given, around) => {
    const fd = fdOf(given, around)
    // A name instead of `...`: AF_UNSPEC.
    const call =
      given[1]?.kind === 'ellipsis'
        ? around.sockets.connect(fd, around.remote)
        : around.sockets.disconnect(fd)
    return begun(count(call, () => 0))
  },
  read: (given, around) =>
    reading(around.sockets.read(fdOf(given, around), numberOf(given[2], 'the length'))),
  recv: (given, around) =>
    reading(around.sockets.recv(fdOf(given, around), numberOf(given[2], 'the length'), flagsOf(given, 3))),
  recvfrom: (given, around) =>
    reading(around.sockets.recv(fdOf(given, around), numberOf(given[2], 'the length'), flagsOf(given, 3))),
  recvmsg: (given, around) => receiveMessage(given, around),
  write: (given, around) => begun(around.sockets.write(fdOf(given, around), zeros(given))),
  send: (given, around) => begun(around.sockets.send(fdOf(given, around), zeros(given), flagsOf(given, 3))),
  sendto: (given, around) => {
    const flags = flagsOf(given, 3)
    const fd = fdOf(given, around)
    // A datagram's address, or the one to open the connection to.
    if (given[4]?.kind === 'word' && flags & MSG_FASTOPEN) return begun(Call.failed('EOPNOTSUPP'))
    return begun(around.sockets.sendto(fd, zeros(given), flags, around.remote))
  },
  sendmsg: (given, around) => {
    const pieces = iovecOf(given[1]).map(length => new Uint8Array(length))
    const flags = flagsOf(given, 2)
    const fd = fdOf(given, around)
    const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
    if (flags & MSG_FASTOPEN) return begun(around.sockets.sendto(fd, whole, flags, around.remote))
    return begun(around.sockets.sendmsg(fd, pieces, flags))
  },
  shutdown: (given, around) => unit(around.sockets.shutdown(fdOf(given, around), numberOf(given[1], 'how'))),
  close: (given, around) => begun(count(around.sockets.close(fdOf(given, around)), () => 0)),
  fcntl: (given, around) => {
    const command = wordOf(given[1], 'the command')
    if (command !== 'F_GETFL' && command !== 'F_SETFL') throw new CallError(`fcntl() has no ${command} here`)
    const flags = command === 'F_SETFL' ? numberOf(given[2], 'the flags') : 0
    return begun(Call.done(around.sockets.fcntl(fdOf(given, around), command, flags)))
  },
  ioctl: (given, around) => {
    const request = wordOf(given[1], 'the request')
    const result = around.sockets.ioctl(fdOf(given, around), request)
    const expected = pointedTo(given[2], 'the value')
    return begun(Call.done(result.ok ? success(0) : result), () =>
      result.ok && result.value !== expected ? `${request} says ${result.value}, not ${expected}` : null,
    )
  },
  setsockopt: (given, around) => setOption(given, around),
  getsockopt: (given, around) => getOption(given, around),
  poll,
  epoll_create: createEpoll,
  epoll_create1: createEpoll,
  epoll_ctl: epollControl,
  epoll_wait: epollWait,
}

const receiveMessage = (given: readonly Expression[], around: Surroundings): Begun => {
  const fd = fdOf(given, around)
  const message = given[1]
  const length = iovecOf(message).reduce((sum, piece) => sum + piece, 0)
  const { call, check } = reading(around.sockets.recv(fd, length, flagsOf(given, 2)))
  const control = message === undefined ? undefined : fieldOf(message, 'msg_control')
  return begun(call, () => {
    const wrong = check?.() ?? null
    if (wrong !== null || control?.kind !== 'list') return wrong
    for (const item of control.items) {
      const type = wordOf(fieldOf(item, 'cmsg_type'), 'cmsg_type')
      if (type !== 'TCP_CM_INQ') return `the control message ${type} is not there`
      const expected = numberOf(fieldOf(item, 'cmsg_data'), 'cmsg_data')
      const s = around.sockets.get(fd)
      // As Linux's tcp_inq_hint(): 1 stands for the end that is left to be read.
      const actual = s === null ? 0 : readableBytes(s) || (s.connection?.finReceived ? 1 : 0)
      if (actual !== expected) return `TCP_CM_INQ says ${actual}, not ${expected}`
    }
    return null
  })
}

/** Options of the kernel's that do not change what a peer sees: they are taken, and that is all. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['SO_ZEROCOPY', 'TCP_INQ'])

const setOption = (given: readonly Expression[], around: Surroundings): Begun => {
  const fd = fdOf(given, around)
  const name = optionName(given[1], given[2])
  if (WITHOUT_EFFECT.has(name)) return begun(Call.done(success(0)))
  if (UNSUPPORTED_OPTIONS.has(name)) throw new CallError(`the stack has no ${name}`)
  const value = given[3]
  if (name === 'TCP_FASTOPEN_KEY' && value?.kind === 'string') {
    const key = Uint8Array.from(value.value, character => character.charCodeAt(0))
    return unit(around.sockets.setsockopt(fd, name, key.subarray(0, numberOf(given[4], 'the length'))))
  }
  if (value?.kind === 'string') return unit(around.sockets.setsockopt(fd, name, value.value))
  if (value?.kind === 'struct') {
    const linger = {
      onoff: numberOf(fieldOf(value, 'onoff'), 'onoff'),
      linger: numberOf(fieldOf(value, 'linger'), 'linger'),
    }
    return unit(around.sockets.setsockopt(fd, name, linger))
  }
  return unit(around.sockets.setsockopt(fd, name, pointedTo(value, "the option's value")))
}

const getOption = (given: readonly Expression[], around: Surroundings): Begun => {
  const fd = fdOf(given, around)
  const name = optionName(given[1], given[2])
  if (UNSUPPORTED_OPTIONS.has(name)) throw new CallError(`the stack has no ${name}`)
  const result = around.sockets.getsockopt(fd, name)
  const value = given[3]
  return begun(Call.done(result.ok ? success(0) : result), () => {
    if (!result.ok || value === undefined || value.kind === 'ellipsis') return null
    const expected =
      value.kind === 'string'
        ? value.value
        : value.kind === 'struct'
          ? numberOf(fieldOf(value, 'linger'), 'linger')
          : pointedTo(value, "the option's value")
    const actual = typeof result.value === 'object' ? result.value.linger : result.value
    return actual === expected ? null : `${name} is ${actual}, not ${expected}`
  })
}

/**
 * Begins a call.
 * @throws CallError for one that there is not, or whose arguments mean nothing
 */
export const beginCall = (call: SystemCall, around: Surroundings): Begun => {
  const handler = Object.hasOwn(HANDLERS, call.name) ? HANDLERS[call.name] : undefined
  if (handler === undefined) throw new CallError(`there is no system call ${call.name}() here`)
  return handler(call.arguments, around)
}

/** Errors that Linux has two names for, by the one that is not ours. */
const OTHER_NAMES: Readonly<Record<string, string>> = { EWOULDBLOCK: 'EAGAIN', ENOTSUP: 'EOPNOTSUPP' }

const errnoName = (name: string): string => (Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name]! : name)

const DESCRIPTORS: ReadonlySet<string> = new Set(['socket', 'accept', 'epoll_create', 'epoll_create1'])

/** Returns whether a call's result is a descriptor, whose number is the script's own. */
export const givesDescriptor = (name: string): boolean => DESCRIPTORS.has(name)

/** The complaint about a call's result, or null. */
export const compareResult = (call: SystemCall, result: Result<number>): string | null => {
  if (call.result.kind === 'ellipsis') return null
  const expected = numberOf(call.result, 'the result')
  const wanted = call.errno === null ? String(expected) : `${expected} ${call.errno}`
  const actual = result.ok ? String(result.value) : `-1 ${result.errno}`
  const descriptor = givesDescriptor(call.name)
  const fits = result.ok
    ? descriptor && expected >= 0
      ? true
      : result.value === expected
    : expected === -1 && (call.errno === null || errnoName(call.errno) === result.errno)
  return fits ? null : `returned ${actual}, not ${wanted}`
}
