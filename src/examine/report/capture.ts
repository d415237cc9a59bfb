/** The packets of an examination as a pcapng file, in which each says what check it is of. */
import {
  enhancedPacket,
  interfaceDescription,
  interfaceStatistics,
  sectionHeader,
} from '../../trace/pcapng.ts'
import type { Result } from '../results.ts'

/** @param offset from the times of the results to ms since 1970; @returns the blocks of the file */
export const captureOf = (results: readonly Result[], offset: number): Uint8Array[] => {
  const packets = results
    .flatMap(({ id, verdict, log }) =>
      log.map((packet, i) => ({
        ...packet,
        comment: i === log.length - 1 ? `${id}: ${packet.text}; ${verdict}` : `${id}: ${packet.text}`,
      })),
    )
    .sort((a, b) => a.time - b.time)
  const end = (packets.at(-1)?.time ?? 0) + offset
  return [
    sectionHeader('tuntcp examine'),
    interfaceDescription('examiner'),
    ...packets.map(({ time, direction, bytes, comment }) =>
      enhancedPacket(0, time + offset, direction, bytes, [comment]),
    ),
    interfaceStatistics(0, end, []),
  ]
}
