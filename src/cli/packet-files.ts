/** The files that the packets of a stack go to: a capture, and a qlog. */
import { nodeClock } from '../net/node-clock.ts'
import type { TraceSink } from '../tcp/block/events.ts'
import { type CaptureFile, captureToFile } from '../trace/capture-file.ts'
import { combine } from '../trace/combine.ts'
import { qlogToFile } from '../trace/qlog/qlog-file.ts'
import { Failure, UsageError } from './command.ts'
import type { LogOutput, LongOutputs } from './output.ts'
import type { StackSettings } from './stack-options.ts'

type FileSettings = Pick<StackSettings, 'pcap' | 'qlog'>

export interface PacketFiles {
  /** Null when no file was asked for. */
  readonly sink: TraceSink | null
  close(): void
}

/** The end that a command is of its connections; those of the others are of either. */
const VANTAGE_POINTS = { connect: 'client', serve: 'server', forward: 'server' } as const

/**
 * Opens what was asked for.
 * @param command that of the stack
 * @throws UsageError, Failure
 */
export const openPacketFiles = ({ pcap, qlog }: FileSettings, command: string): PacketFiles => {
  const files: CaptureFile[] = []
  const close = () => {
    for (const file of files) file.close()
  }
  try {
    if (pcap !== undefined)
      files.push(openedCapture(pcap, failed => captureToFile(pcap, nodeClock.now, failed)))
    if (qlog !== undefined)
      files.push(openedFile('qlog', qlog, failed => qlogToFile(qlog, nodeClock.now, words(command), failed)))
  } catch (error) {
    close()
    throw error
  }
  return { sink: combine(files.map(({ sink }) => sink)), close }
}

const words = (command: string) => ({
  title: `tuntcp ${command}`,
  vantagePoint: VANTAGE_POINTS[command as keyof typeof VANTAGE_POINTS] ?? 'unknown',
})

/** The option whose file is standard output, or null. */
export const onStandardOutput = ({ pcap, qlog }: FileSettings): string | null =>
  pcap === '-' ? '--pcap' : qlog === '-' ? '--qlog' : null

/** The place for the log: packets have standard output for themselves. */
export const logOutput = (settings: FileSettings, { log, error }: LongOutputs): LogOutput =>
  onStandardOutput(settings) === null ? log : error

/**
 * Opens what a capture is written to; `open` is given a function that tells of its failure later.
 * @throws UsageError, Failure
 */
export const openedCapture = <T>(path: string, open: (failed: (error: Error) => void) => T): T => {
  if (path === '-' && process.stdout.isTTY)
    throw new UsageError(
      `--pcap - writes binary data, and standard output is a terminal: add | wireshark -k -i -`,
    )
  return openedFile('capture', path, open)
}

/** Opens a file, and says what of it has failed. @throws Failure */
export const openedFile = <T>(what: string, path: string, open: (failed: (error: Error) => void) => T): T => {
  try {
    return open(error => console.error(`tuntcp: the ${what} ${path} ends here: ${error.message}`))
  } catch (error) {
    throw new Failure(`the ${what} cannot be written: ${(error as Error).message}`)
  }
}
