/**
 * The kernel's own word on the states of its sockets: the tracepoint sock:inet_sock_set_state, read by way of an instance
 * of tracefs that is made for it and removed after it. Nothing else of tracefs is touched, and it is mounted, where it
 * is not, in a mount namespace of our own.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import type { State } from '../../tcp/state.ts'

/** A transition, as the kernel tells it. A socket in TIME_WAIT is none any more: it is told to be CLOSED. */
export interface KernelTransition {
  /** ms of CLOCK_MONOTONIC */
  readonly time: number
  /** Address and port: '192.0.2.1:80'. */
  readonly local: string
  readonly remote: string
  readonly from: State
  readonly to: State
}

/** Ends with its input, whatever becomes of us, and takes what it has made with it. */
const SCRIPT = `
trap '' INT
if [ ! -d /sys/kernel/tracing/instances ]; then
  mount -t tracefs nodev /sys/kernel/tracing || exit 1
fi
cd /sys/kernel/tracing/instances && mkdir "$1" && cd "$1" || exit 1
end() { echo 0 > "$event/enable"; kill $! 2>/dev/null; wait; cd ..; rmdir "$1"; }
event=events/sock/inet_sock_set_state
if ! [ -d "$event" ]; then echo "the kernel has no tracepoint sock:inet_sock_set_state" >&2; cd ..; rmdir "$1"; exit 1; fi
echo 4096 > buffer_size_kb
echo mono > trace_clock && echo "$2" > "$event/filter" && echo 1 > "$event/enable" || {
  echo 0 > "$event/enable"; cd ..; rmdir "$1"; exit 1
}
cat trace_pipe 2>/dev/null &
echo ready
while read -r line; do echo "$line" > trace_marker; done
end "$1"
`

/** Ports of the labs' servers: what else the machine does is none of our business. */
const FILTER =
  'protocol == 6 && (family == 2 || family == 10) && ((sport >= 80 && sport <= 84) || (dport >= 80 && dport <= 84))'

/** Attempts to make a mark until it is seen, and the time between, ms. */
const MARKS = 10
const MARK = 1000

const EVENT =
  /\s(\d+\.\d+): inet_sock_set_state: (.*)sport=(\d+) dport=(\d+) saddr=([\d.]+) daddr=([\d.]+) saddrv6=(\S+) daddrv6=(\S+) oldstate=(\w+) newstate=(\w+)/
const MARKER = /: tracing_mark_write: (\d+)$/

const STATES: Readonly<Record<string, State>> = {
  TCP_CLOSE: 'CLOSED',
  TCP_FIN_WAIT1: 'FIN_WAIT_1',
  TCP_FIN_WAIT2: 'FIN_WAIT_2',
  TCP_SYN_RECV: 'SYN_RECEIVED',
  TCP_NEW_SYN_RECV: 'SYN_RECEIVED',
}

const stateOf = (name: string): State => STATES[name] ?? (name.replace('TCP_', '') as State)

/** The line of trace_pipe; null for what is none of the tracepoint's. */
export const parseTraceLine = (line: string): KernelTransition | null => {
  const found = EVENT.exec(line)
  if (found === null) return null
  const [, time, what, sport, dport, saddr, daddr, saddrv6, daddrv6, from, to] = found as unknown as string[]
  // A socket of IPv4 has mapped addresses in the other fields.
  const ofIpv6 = what!.includes('family=AF_INET6')
  return {
    time: Number(time) * 1000,
    local: ofIpv6 ? `[${saddrv6}]:${sport}` : `${saddr}:${sport}`,
    remote: ofIpv6 ? `[${daddrv6}]:${dport}` : `${daddr}:${dport}`,
    from: stateOf(from!),
    to: stateOf(to!),
  }
}

let instances = 0

export class StateTrace {
  readonly #process: ChildProcess
  readonly #readers = new Set<(transition: KernelTransition) => void>()
  readonly #markers = new Map<number, () => void>()
  #marker = 0
  #lost = 0
  readonly #ended: Promise<void>
  #over = false

  private constructor(process: ChildProcess) {
    this.#process = process
    this.#ended = new Promise(resolve => {
      process.on('close', () => {
        this.#over = true
        for (const reached of this.#markers.values()) reached()
        resolve()
      })
    })
  }

  /** Begins to listen; or why that cannot be done here. */
  static async start(): Promise<StateTrace | string> {
    const name = `tuntcp-${process.pid}-${instances++}`
    const child = spawn('unshare', ['--mount', 'sh', '-c', SCRIPT, 'sh', name, FILTER], { stdio: 'pipe' })
    const trace = new StateTrace(child)
    let errors = ''
    child.stdin.on('error', () => {})
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    const ready = new Promise<string | null>(resolve => {
      child.on('error', error => resolve(error.message))
      child.on('close', () => resolve(errors.trim().split('\n')[0] || 'no tracefs'))
      createInterface(child.stdout).on('line', line => {
        if (line === 'ready') resolve(null)
        else trace.#hear(line)
      })
    })
    return (await ready) ?? trace
  }

  /** The number of times that events were lost, because more happened than was read. */
  get lost(): number {
    return this.#lost
  }

  #hear(line: string): void {
    if (line.includes('LOST') && line.includes('EVENTS')) this.#lost++
    const marker = MARKER.exec(line)
    if (marker !== null) {
      const number = Number(marker[1])
      this.#markers.get(number)?.()
      this.#markers.delete(number)
      return
    }
    const transition = parseTraceLine(line)
    if (transition !== null) for (const reader of this.#readers) reader(transition)
  }

  /** Hears of all sockets, whatever namespace they are in. @returns ends that */
  subscribe(reader: (transition: KernelTransition) => void): () => void {
    this.#readers.add(reader)
    return () => this.#readers.delete(reader)
  }

  /** Until all that has happened so far was told. @returns whether it was: the mark may be lost */
  async sync(): Promise<boolean> {
    for (let n = 0; n < MARKS && !this.#over; n++) {
      const number = ++this.#marker
      const seen = new Promise<boolean>(resolve => {
        this.#markers.set(number, () => resolve(true))
      })
      this.#process.stdin!.write(`${number}\n`)
      const waiting = new AbortController()
      const late = setTimeout(MARK, false, { signal: waiting.signal }).catch(() => false)
      const found = await Promise.race([seen, late])
      waiting.abort()
      this.#markers.delete(number)
      if (found) return !this.#over
    }
    return false
  }

  /** Removes the instance. */
  async close(): Promise<void> {
    this.#process.stdin!.end()
    await this.#ended
  }
}
