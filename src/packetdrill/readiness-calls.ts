/** The system calls of scripts that ask which descriptors are ready: poll(2) and epoll(7). */
import { Call } from '../posix/call.ts'
import { EPOLL_CTL_DEL } from '../posix/constants.ts'
import type { EpollEvent } from '../posix/epoll.ts'
import type { PollEntry } from '../posix/sockets.ts'
import type { Expression } from './ast.ts'
import { begun, count, fdOf, type Handler, unit } from './begun-call.ts'
import { fieldOf, itemsOf, numberOf } from './evaluate.ts'
import { SYMBOLS } from './symbols.ts'

const BITS = ['IN', 'PRI', 'OUT', 'ERR', 'HUP', 'NVAL', 'RDHUP'] as const

const bitsText = (bits: number, prefix: 'POLL' | 'EPOLL'): string =>
  BITS.filter(name => bits & SYMBOLS[`POLL${name}`]!)
    .map(name => `${prefix}${name}`)
    .join('|') || '0'

export const poll: Handler = (given, around) => {
  const expected: number[] = []
  const entries: PollEntry[] = itemsOf(given[0], 'the descriptors').map(item => {
    const revents = fieldOf(item, 'revents')
    expected.push(revents === undefined ? 0 : numberOf(revents, 'revents'))
    return {
      fd: around.descriptor(numberOf(fieldOf(item, 'fd'), 'fd')),
      events: numberOf(fieldOf(item, 'events'), 'events'),
      revents: 0,
    }
  })
  const call = around.sockets.poll(entries, numberOf(given[2], 'the timeout'))
  return begun(call, () => {
    const n = entries.findIndex((entry, i) => entry.revents !== expected[i])
    if (n < 0) return null
    return `revents is ${bitsText(entries[n]!.revents, 'POLL')}, not ${bitsText(expected[n]!, 'POLL')}`
  })
}

export const createEpoll: Handler = (_, { sockets }) => begun(Call.done(sockets.epollCreate()))

/** The data that the user keeps with an event: `{events=…, fd=…}`, or ptr, u32, u64. */
const DATA = ['fd', 'ptr', 'u32', 'u64']

/** `{events=…, fd=…}`; the number is the script's own. */
const eventOf = (e: Expression | undefined): EpollEvent => {
  const field = (name: string) => (e === undefined ? undefined : fieldOf(e, name))
  const data = DATA.map(field).find(value => value !== undefined)
  return {
    events: numberOf(field('events'), 'events'),
    data: data === undefined ? 0 : numberOf(data, 'the data'),
  }
}

export const epollControl: Handler = (given, around) => {
  const operation = numberOf(given[1], 'the operation')
  const event = operation === EPOLL_CTL_DEL ? { events: 0, data: 0 } : eventOf(given[3])
  const fd = around.descriptor(numberOf(given[2], 'the descriptor'))
  return unit(around.sockets.epollCtl(fdOf(given, around), operation, fd, event))
}

export const epollWait: Handler = (given, around) => {
  const most = numberOf(given[2], 'the number of events')
  const call = around.sockets.epollWait(fdOf(given, around), most, numberOf(given[3], 'the timeout'))
  return begun(
    count(call, events => events.length),
    () => {
      const { result } = call
      if (result === null || !result.ok) return null
      // One event may stand without a list.
      const expected = (given[1]?.kind === 'list' ? given[1].items : [given[1]]).map(eventOf)
      for (const [n, event] of result.value.entries()) {
        const wanted = expected[n]
        if (wanted === undefined) return 'there are more events than the script names'
        if (event.events !== wanted.events)
          return `events is ${bitsText(event.events, 'EPOLL')}, not ${bitsText(wanted.events, 'EPOLL')}`
        if (event.data !== wanted.data) return `the event is of ${event.data}, not of ${wanted.data}`
      }
      return null
    },
  )
}
