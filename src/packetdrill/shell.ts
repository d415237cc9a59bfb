/**
 * The effect of a script's commands on a stack, without a shell: sysctls are settings, a few other commands of the public
 * suite mean nothing here or ask a question that can be answered.
 */
import type { DropReason } from '../wire/drop.ts'

export type ShellAction =
  | { readonly kind: 'sysctl'; readonly name: string; readonly value: string; readonly restorable: boolean }
  | { readonly kind: 'restore' }
  /** Fails when no socket listens on the port. */
  | { readonly kind: 'listening'; readonly port: number }
  /** Remembers all counters (nstat -n). */
  | { readonly kind: 'count' }
  /** Fails unless the counter has grown since they were remembered: by `by`, or at all. */
  | { readonly kind: 'counter'; readonly name: string; readonly by: number | null }
  /** The queue before the device: whether it paces, and whether it drops everything. */
  | { readonly kind: 'queue'; readonly paced: boolean; readonly full: boolean }
  /** Forgets what was learned of other hosts: ip tcp_metrics flush. */
  | { readonly kind: 'forget' }
  /** `a || b`: the second where a sysctl of the first is not there. */
  | {
      readonly kind: 'either'
      readonly first: readonly ShellAction[]
      readonly second: readonly ShellAction[]
    }
  /** Something of the surroundings that a stack alone does not have. */
  | { readonly kind: 'unsupported'; readonly what: string }

/** The counters of Linux that the stack has, by nstat's names: each a sum of reasons for drops. */
export const COUNTERS: Readonly<Record<string, readonly DropReason[]>> = {
  TcpExtOutOfWindowIcmps: ['icmp-sequence'],
  TcpExtPAWSEstab: ['paws'],
  TcpExtListenOverflows: ['backlog-full'],
  TcpInCsumErrors: ['tcp-checksum'],
}

/** Reads a file that a command runs, by its path relative to the script's folder; null when there is none. */
export type ReadFile = (path: string) => string | null

/** Scripts that run each other. */
const DEPTH = 8

export const interpretShell = (command: string, readFile: ReadFile, depth = 0): ShellAction[] =>
  commandsOf(command).flatMap(line => interpretLine(line, readFile, depth))

/** One command each, without comments and continuation. */
const commandsOf = (text: string): string[] =>
  text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map(line => line.replace(/(^|\s)#.*$/, '$1'))
    .flatMap(line => line.split(/;|&&/))
    .map(line => line.trim())
    .filter(line => line !== '')

/** `$((15*1024*1024))` */
const arithmetic = (text: string): string =>
  text.replace(/\$\(\(([\d\s*]+)\)\)/g, (_, product: string) =>
    String(product.split('*').reduce((result, factor) => result * Number(factor), 1)),
  )

/** Words, with quotes taken off; redirections are left out. */
const wordsOf = (line: string): string[] => {
  const words: string[] = []
  for (const [word] of line.replace(/\d?>&\d|&?\d?>+\s*\S+/g, ' ').matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g))
    words.push(arithmetic(word.replace(/["']/g, '')))
  return words
}

const interpretLine = (line: string, readFile: ReadFile, depth: number): ShellAction[] => {
  const or = line.indexOf('||')
  if (or >= 0) {
    const [first, second] = [line.slice(0, or), line.slice(or + 2)].map(part =>
      interpretLine(part.trim(), readFile, depth),
    )
    return [{ kind: 'either', first: first!, second: second! }]
  }
  const [program = '', ...words] = wordsOf(line)
  const name = program.split('/').at(-1)!
  if (name.startsWith('sysctl_restore')) return [{ kind: 'restore' }]
  if (name === 'sysctl' || name === 'set_sysctls.py')
    return words.filter(word => word.includes('=')).map(word => setting(word, name === 'set_sysctls.py'))
  if (name.endsWith('.sh')) {
    const text = depth < DEPTH ? readFile(program) : null
    if (text === null) return [{ kind: 'unsupported', what: `the file ${program} is not there` }]
    return interpretShell(text, readFile, depth + 1)
  }
  return interpretOther(name, words, line)
}

const setting = (word: string, restorable: boolean): ShellAction => {
  const at = word.indexOf('=')
  const name = word.slice(0, at).replace(/^(?:\/proc\/sys\/)?net[./]ipv4[./]/, '')
  return { kind: 'sysctl', name, value: word.slice(at + 1), restorable }
}

const interpretOther = (name: string, words: readonly string[], line: string): ShellAction[] => {
  switch (name) {
    case 'true':
    case ':':
    // Offloads of a device change nothing that is seen behind it.
    case 'ethtool':
      return []
    case 'ip':
      if (words[0] === 'tcp_metrics') return words[1] === 'flush' ? [{ kind: 'forget' }] : []
      break
    case 'tc':
      // A queue in between is seen only when it drops, or paces.
      if (words[0] === 'qdisc')
        return [{ kind: 'queue', paced: /\bfq\b/.test(line), full: /\blimit 0\b/.test(line) }]
      break
    case 'echo':
      if (line.includes('hystart_detect')) return []
      break
    case 'nstat':
      return counterQuestion(line)
    case 'grep': {
      // 0A is TCP_LISTEN in /proc/net/tcp.
      const port = /:([0-9A-Fa-f]{4})\b/.exec(line)
      if (line.includes('/proc/net/tcp') && line.includes(' 0A ') && port !== null)
        return [{ kind: 'listening', port: Number.parseInt(port[1]!, 16) }]
      break
    }
  }
  return [{ kind: 'unsupported', what: line.split('\n')[0]! }]
}

/** `nstat`, which remembers, or `nstat | grep NAME | grep -q " 1 "`, which asks. */
const counterQuestion = (line: string): ShellAction[] => {
  if (!line.includes('|')) return [{ kind: 'count' }]
  const name = /\bgrep\b[^|]*?\b((?:TcpExt|Tcp|IpExt|Ip)[A-Za-z0-9]+)/.exec(line)?.[1]
  if (name === undefined || !Object.hasOwn(COUNTERS, name))
    return [{ kind: 'unsupported', what: `the counter of '${line}'` }]
  const by = /\bgrep\b[^|]*["'] (\d+) ["']/.exec(line)?.[1]
  return [{ kind: 'counter', name, by: by === undefined ? null : Number(by) }]
}
