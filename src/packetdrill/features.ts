/** Features of a kernel that are no TCP on the wire: a script that asks for one is skipped, and says why. */

import type { Action, Expression, Script, SystemCall } from './ast.ts'
import type { IpVersion } from './config.ts'

const CALLS: Readonly<Record<string, string>> = {
  splice: 'splice(2)',
  sendfile: 'sendfile(2)',
  pipe: 'pipe(2)',
  open: 'files',
}

const WORDS: Readonly<Record<string, string>> = {
  SO_TIMESTAMPING: 'timestamps of packets (SO_TIMESTAMPING)',
  TCP_MD5SIG: 'MD5 signatures',
  MSG_ERRQUEUE: 'the error queue (MSG_ERRQUEUE)',
}

/** Returns the reason why the script is skipped, or null. */
export const unsupportedFeature = (script: Script, ipVersion: IpVersion): string | null => {
  // As run_all.py chooses them.
  if (ipVersion === 'ipv6' && script.file.endsWith('v4.pkt')) return 'a script for IPv4 only'
  if (ipVersion !== 'ipv6' && script.file.endsWith('v6.pkt')) return 'a script for IPv6 only'
  for (const { action } of script.events) {
    const reason = ofAction(action)
    if (reason !== null) return reason
  }
  return null
}

const ofAction = (action: Action): string | null => {
  switch (action.kind) {
    case 'udp':
      return 'UDP'
    case 'icmp':
      return action.encapsulation.length > 0 ? 'encapsulation' : null
    case 'tcp':
      if (action.encapsulation.length > 0) return `encapsulation (${action.encapsulation.join(', ')})`
      return action.options?.some(option => option.kind === 'md5') ? 'MD5 signatures' : null
    case 'call':
      return ofCall(action)
    default:
      return null
  }
}

const BUFFERS: ReadonlySet<string> = new Set(['write', 'send', 'sendto', 'read', 'recv', 'recvfrom'])

const ofCall = (call: SystemCall): string | null => {
  if (call.name.startsWith('psp_')) return 'PSP'
  const reason = Object.hasOwn(CALLS, call.name) ? CALLS[call.name]! : null
  if (reason !== null) return reason
  const buffer = call.arguments[1]
  if (BUFFERS.has(call.name) && buffer?.kind === 'word' && buffer.name === 'NULL') return 'null pointers'
  for (const word of call.arguments.flatMap(wordsOf)) {
    const found = Object.hasOwn(WORDS, word) ? WORDS[word]! : null
    if (found !== null) return found
  }
  return null
}

const wordsOf = (e: Expression): string[] => {
  switch (e.kind) {
    case 'word':
      return [e.name]
    case 'or':
      return [...wordsOf(e.left), ...wordsOf(e.right)]
    case 'list':
      return e.items.flatMap(wordsOf)
    case 'struct':
      return [...e.fields.flatMap(field => wordsOf(field.value)), ...e.items.flatMap(wordsOf)]
    case 'assign':
      return wordsOf(e.value)
    case 'call':
      return e.arguments.flatMap(wordsOf)
    default:
      return []
  }
}
