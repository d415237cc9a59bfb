/** Wireshark's reading of a capture. */
import { spawnSync } from 'node:child_process'

export interface SeenByTshark {
  /** A line for each packet with a fault: malformed, or with a wrong checksum. */
  readonly faults: string[]
  /** The comments of each packet. */
  readonly comments: string[]
}

/** The severity of an error of its experts; warnings (retransmissions, resets) are no faults of a capture. */
const ERROR = String(0x800000)
/** 1 is good, 2 that it was not looked at. */
const BAD = '0'
const GOOD = '1'

/** A TCP checksum of zero as Linux writes it, by one packet in 65,536: it takes UDP's other zero (skb_checksum_help), equal in value. */
const OTHER_ZERO = '0xffff'

/** @param byKernels whether a kernel has sent some of the packets: of theirs either zero is right */
export const seenByTshark = (file: string, byKernels = false): SeenByTshark => {
  const checks = ['-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE']
  const fields = [
    '_ws.malformed',
    'ip.checksum.status',
    'tcp.checksum.status',
    'tcp.checksum',
    '_ws.expert.severity',
    'frame.comment',
  ]
  const words = ['-r', file, ...checks, '-T', 'fields', ...fields.flatMap(field => ['-e', field])]
  const { status, stdout, stderr, error } = spawnSync('tshark', words, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`tshark ended with ${status}: ${stderr}`)
  const faults: string[] = []
  const comments: string[] = []
  for (const [n, line] of stdout.trimEnd().split('\n').entries()) {
    const [malformed = '', ip = '', tcpStatus = '', checksum, severities = '', comment = ''] =
      line.split('\t')
    const isError = severities.split(',').includes(ERROR)
    const tcp = byKernels && checksum === OTHER_ZERO && !isError ? GOOD : tcpStatus
    comments.push(comment)
    if (malformed !== '' || ip === BAD || tcp === BAD || isError) faults.push(`packet ${n + 1}: ${line}`)
    else if (ip !== GOOD || tcp !== GOOD)
      faults.push(`packet ${n + 1}: its checksums were not looked at: ${line}`)
  }
  return { faults, comments }
}
