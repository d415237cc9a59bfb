/** The packets that tcpdump sees in a namespace. It ends with its input, and so with us however we end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { CaptureError } from '../../trace/capture-error.ts'
import { ipPacket } from '../../trace/link-layer.ts'
import { readCapture } from '../../trace/read-capture.ts'
import { dissect } from '../../wire/dissect.ts'
import { PROTOCOL_UDP } from '../../wire/protocol.ts'

/** A capture of a lab is small; what is more than that is cut off. */
const MOST = 64 << 20
/** The time between looks for packets that have passed (ms), the looks between two marks, and the looks at most. */
const LOOK = 10
const LOOKS = 10
const MOST_LOOKS = 500
const SCRIPT = `
command -v tcpdump >/dev/null || { echo 'tcpdump is missing' >&2; exit 1; }
trap '' INT; tcpdump "$@" & cat >/dev/null; kill $!; wait`
/** Anything else it says is no failure. */
const FAILED = /^tcpdump: (?!verbose|data link|WARNING)/m
/** RFC 863 */
const DISCARD = 9

export class PacketCapture {
  readonly #process: ChildProcess
  readonly #chunks: Buffer[] = []
  #size = 0
  readonly #ended: Promise<void>

  private constructor(process: ChildProcess) {
    this.#process = process
    this.#ended = new Promise(resolve => {
      process.on('close', () => resolve())
      process.on('error', () => resolve())
    })
    process.stdout!.on('data', (chunk: Buffer) => {
      this.#size += chunk.length
      if (this.#size <= MOST) this.#chunks.push(chunk)
    })
  }

  /**
   * Captures TCP on the device of the network namespace of a process; or why that cannot be done.
   * @param pid of a process in the namespace
   */
  static async start(pid: number, device: string): Promise<PacketCapture | string> {
    // Room is made for so many whole packets: by default there are but a few.
    const options = ['-s', '2048', '-B', '8192', '-U', '--immediate-mode', '-w', '-']
    const words = ['-n', '-i', device, ...options, `tcp or udp dst port ${DISCARD}`]
    const child = spawn(
      'nsenter',
      ['--target', String(pid), '--net', '--', 'sh', '-c', SCRIPT, 'sh', ...words],
      { stdio: 'pipe' },
    )
    child.stdin.on('error', () => {})
    const capture = new PacketCapture(child)
    let errors = ''
    const why = await new Promise<string | null>(resolve => {
      child.on('error', error => resolve(error.message))
      child.on('close', () => resolve(errors.trim().split('\n').at(-1) || 'tcpdump ended'))
      child.stderr!.setEncoding('utf8').on('data', (text: string) => {
        errors += text
        if (errors.includes('listening on')) resolve(null)
        else if (errors.endsWith('\n') && FAILED.test(errors)) {
          child.stdin.end()
          resolve(errors.trim().split('\n').at(-1)!)
        }
      })
    })
    return why ?? capture
  }

  /** Returns whether the last datagram is there. */
  #isWhole(): boolean {
    try {
      for (const { linkType, bytes } of readCapture(Buffer.concat(this.#chunks))) {
        const ip = ipPacket(linkType, bytes)
        if (ip !== null && dissect(ip).protocol === PROTOCOL_UDP) return true
      }
    } catch (error) {
      // The last packet is still being written.
      if (!(error instanceof CaptureError)) throw error
    }
    return false
  }

  /**
   * Ends it when it has all that has passed so far.
   * @param mark sends a UDP datagram to the port DISCARD from the namespace: what comes before it was captured before it
   * @returns the file: pcap
   */
  async stop(mark: () => Promise<unknown>): Promise<Uint8Array> {
    // tcpdump may sleep on a packet until the next one wakes it.
    for (let n = 0; !this.#isWhole() && n < MOST_LOOKS; n++) {
      if (n % LOOKS === 0) await mark()
      await setTimeout(LOOK)
    }
    this.#process.stdin!.end()
    await this.#ended
    return Buffer.concat(this.#chunks)
  }
}
