/** The container of recordings: blocks that stand alone, read one at a time, within a bounded memory. */
import { gunzipSync, gzipSync } from 'node:zlib'
import test from 'ava'
import { SeededRandom } from '../../../src/sim/seeded-random.ts'
import { type ByteSource, encodeBlock, readBlock } from '../../../src/trace/record/block.ts'
import { BLOCK_HEADER, LARGEST_TEXT, LONGEST_LINE } from '../../../src/trace/record/block-header.ts'
import { BlockWriter } from '../../../src/trace/record/block-writer.ts'
import { RecordedLines } from '../../../src/trace/record/recorded-lines.ts'
import type { RecordingFile } from '../../../src/trace/record/recording.ts'
import { RecordingError } from '../../../src/trace/record/recording-error.ts'
import { readRecording } from '../../../src/trace/record/recording-file.ts'

const written = (lines: readonly string[], end = true): Buffer[] => {
  const blocks: Buffer[] = []
  const writer = new BlockWriter('host', {}, block => blocks.push(block))
  for (const line of lines) writer.line(line)
  if (end) writer.end()
  return blocks
}

const linesOf = (source: ByteSource): RecordedLines => {
  let number = 0
  return new RecordedLines(() => readBlock(source, number++))
}

const all = ({ lines }: RecordingFile): string[] => {
  const read: string[] = []
  for (; lines.current !== null; lines.advance()) read.push(lines.current)
  return read
}

/** Why it is refused, or '' when it is not. */
const fault = (file: Uint8Array): string => {
  try {
    all(readRecording(file))
    return ''
  } catch (error) {
    if (error instanceof RecordingError) return error.message
    throw error
  }
}

/** Lines of JSON with letters of more than a byte, some longer than a block. */
const LINES = Array.from({ length: 3000 }, (_, i) => JSON.stringify(['E', i, '→'.repeat(i % 90)])).toSpliced(
  1500,
  0,
  JSON.stringify(['E', 'é'.repeat(LARGEST_TEXT)]),
)

test('what was written is read, and zcat shows it too', t => {
  const file = Buffer.concat(written(LINES))
  const recording = readRecording(file)
  t.deepEqual(all(recording), LINES)
  t.false(recording.lines.cut)
  t.is(recording.lines.number, LINES.length + 1)
  t.deepEqual(gunzipSync(file).toString().split('\n').slice(1, -2), LINES)
})

test('wherever it is cut off, what is whole before that is read', t => {
  const blocks = written(LINES)
  const file = Buffer.concat(blocks)
  const random = new SeededRandom('cuts')
  const borders = blocks.map((_, i) => Buffer.concat(blocks.slice(0, i)).length)
  for (const at of [...borders, ...Array.from({ length: 50 }, () => random.below(file.length))]) {
    if (at < blocks[0]!.length) {
      t.regex(fault(file.subarray(0, at)), /^no recording/, `${at}`)
      continue
    }
    const recording = readRecording(file.subarray(0, at))
    const read = all(recording)
    t.true(recording.lines.cut)
    t.deepEqual(read, LINES.slice(0, read.length))
    // No more than the block that was cut is lost, and a line that had begun before it.
    const sound = blocks.slice(
      0,
      borders.findLastIndex(border => border <= at),
    )
    const lines = gunzipSync(Buffer.concat(sound)).toString().split('\n').length - 2
    t.is(read.length, lines, `${at}`)
  }
})

test('a bit that is another is told, and with it the block', t => {
  const file = Buffer.concat(written(LINES.slice(0, 400)))
  const random = new SeededRandom('bits')
  for (let n = 0; n < 300; n++) {
    const copy = Buffer.from(file)
    copy[random.below(copy.length)]! ^= 1 << random.below(8)
    const recording = (() => {
      try {
        const opened = readRecording(copy)
        return { lines: all(opened), cut: opened.lines.cut }
      } catch (error) {
        t.true(error instanceof RecordingError, String((error as Error).stack))
        return null
      }
    })()
    // gzip's own check sum is not looked at: the text is right then. A length that leads beyond the end is a cut.
    if (recording !== null) t.deepEqual(recording.lines, LINES.slice(0, recording.lines.length))
  }
})

test('blocks that are missing, twice there, or in another order are told', t => {
  const blocks = written(LINES)
  t.true(blocks.length > 4)
  t.is(fault(Buffer.concat(blocks)), '')
  for (const wrong of [
    blocks.toSpliced(2, 1),
    blocks.toSpliced(2, 0, blocks[1]!),
    [blocks[0]!, blocks[2]!, blocks[1]!],
  ])
    t.is(
      fault(Buffer.concat(wrong)),
      'block 2 of the recording is damaged: there is something else where its header should be'.replace(
        'block 2',
        wrong.length === 3 ? 'block 1' : 'block 2',
      ),
    )
  const end = encodeBlock('end', blocks.length - 1, Buffer.from('{"lines":7}\n'))
  t.is(
    fault(Buffer.concat([...blocks.slice(0, -1), end])),
    `the end of the recording is not that of one of ${LINES.length} lines`,
  )
})

test('what is no recording, or one of an older version, is told so', t => {
  t.is(fault(Buffer.alloc(0)), 'no recording: not packed by gzip')
  t.is(fault(Buffer.from('hello')), 'no recording: not packed by gzip')
  t.is(fault(gzipSync('hello')), 'no recording, but something else that is packed by gzip')
  t.is(
    fault(gzipSync('{"tuntcp":"recording","version":1,"kind":"host"}\n["H"]\n')),
    'version 1 of the format, known is 2: record it again, or play it with the tuntcp that wrote it',
  )
  const first = (text: string) => encodeBlock('lines', 0, Buffer.from(text))
  t.is(fault(first('{"tuntcp":"other"}\n')), 'line 1: no header of a recording')
  t.is(fault(first('{"tuntcp":"recording","version":3}\n')), 'line 1: version 3 of the format, known is 2')
  t.is(
    fault(first('{"tuntcp":"recording","version":2,"kind":"x"}\n')),
    "line 1: a recording of 'x' is not known",
  )
  t.is(fault(first('hello\n')), 'line 1: neither an object nor a list of JSON')
})

test('a bomb takes no more memory than a block', t => {
  // 64 MB of line feeds are 64 KB of gzip: refused by its first bytes.
  const bomb = gzipSync(Buffer.alloc(64 << 20, '\n'))
  t.is(fault(bomb), 'no recording, but something else that is packed by gzip')
  // A block that unpacks to more than its header says, whatever that is.
  const block = encodeBlock('lines', 0, Buffer.alloc(LARGEST_TEXT, '\n'))
  t.is(fault(block), 'line 1: neither an object nor a list of JSON')
  block.writeUInt32LE(0xffff_ffff, 25)
  t.is(
    fault(block),
    'block 0 of the recording is damaged: there is something else where its header should be',
  )
  block.writeUInt32LE(16, 25)
  t.is(fault(block), 'block 0 of the recording is damaged: its hash is another')
  t.is(
    fault(encodeBlock('lines', 0, Buffer.alloc(0))),
    'block 0 of the recording is damaged: there is something else where its header should be',
  )
})

test('a line without an end is refused before it fills the memory', t => {
  // One block of no line feed, again and again.
  const text = Buffer.alloc(LARGEST_TEXT, 'x')
  const header = Buffer.from('{"tuntcp":"recording","version":2,"kind":"host"}\n')
  let number = 0
  let block = encodeBlock('lines', number, header)
  const lines = linesOf({
    read(length) {
      const bytes = block.subarray(0, length)
      block = block.subarray(length)
      if (block.length === 0) block = encodeBlock('lines', ++number, text)
      return bytes
    },
  })
  t.throws(() => lines.advance(), {
    name: 'RecordingError',
    message: `line 2: longer than ${LONGEST_LINE} characters`,
  })
  t.is(number - 1, LONGEST_LINE / LARGEST_TEXT + 1)
})

test('only the block that is read is in memory: a recording may be of any length', t => {
  const blocks = written(LINES)
  const file = Buffer.concat(blocks)
  let at = 0
  const lines = linesOf({
    read(length) {
      const bytes = file.subarray(at, at + length)
      at += bytes.length
      return bytes
    },
  })
  // The first line is of the first block.
  t.is(at, blocks[0]!.length)
  let read = 0
  for (const block of blocks.slice(0, -1)) {
    read += block.length
    const number = lines.number
    while (at === read && lines.current !== null) lines.advance()
    t.true(lines.number >= number)
  }
  t.true(at > BLOCK_HEADER)
  t.is(at, file.length)
})
