/** Output for others to read: bounded when they do not, and whole when they do. */
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import test from 'ava'
import { DataOutput, LogOutput } from '../../src/cli/output.ts'
import { PipeWriter } from '../../src/trace/pipe-writer.ts'
import { MAIN } from '../support/installed.ts'
import { testUnless } from '../support/needs.ts'
import { withDirectory } from './program.ts'

/** A pipe: what writes to it blocks, as the one of a shell; what reads from it does not. */
const withPipe = (use: (writer: number, reader: Reader) => Promise<void>) =>
  withDirectory(async directory => {
    const path = join(directory, 'pipe')
    execFileSync('mkfifo', [path])
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const writer = openSync(path, 'w')
    try {
      await use(writer, new Reader(reader))
    } finally {
      closeSync(writer)
    }
  })

class Reader {
  readonly #fd: number
  text = ''

  constructor(fd: number) {
    this.#fd = fd
  }

  /** Reads all that is there now. */
  read(): number {
    const bytes = Buffer.alloc(65_536)
    try {
      const count = readSync(this.#fd, bytes)
      this.text += bytes.toString('latin1', 0, count)
      return count
    } catch {
      return 0
    }
  }

  async until(done: () => boolean): Promise<void> {
    for (;;) {
      this.read()
      if (done()) return
      await new Promise(resolve => setTimeout(resolve, 1))
    }
  }

  close(): void {
    closeSync(this.#fd)
  }
}

const LINE = `${'x'.repeat(99)}\n`

test.serial('a log that nobody reads is bounded; then what was lost is told', async t => {
  await withPipe(async (fd, reader) => {
    const log = new LogOutput(fd)
    for (let i = 0; i < 50_000; i++) log.write(LINE)
    await new Promise(resolve => setImmediate(resolve))
    t.is(log.writableLength, 0)
    // 5 MB were written; what there is fits a megabyte, the pipe, and what is collected before and after.
    await reader.until(() => reader.text.length > 1 << 20)
    await log.settled()
    log.write('the next one\n')
    await reader.until(() => reader.text.endsWith('the next one\n'))
    const lines = reader.text.split('\n').slice(0, -1)
    const [lost] = lines.splice(
      lines.findIndex(line => line !== LINE.trimEnd()),
      1,
    )
    const kept = lines.length - 1
    t.true(kept * 100 < (1 << 20) + 3 * 65_536)
    t.is(lost, `${50_000 - kept} lines were lost: nobody read them`)
    t.true(lines.slice(0, kept).every(line => `${line}\n` === LINE))
  })
})

test.serial('lines that come together are written together, and whole', async t => {
  await withPipe(async (fd, reader) => {
    const log = new LogOutput(fd)
    const lines = Array.from({ length: 100 }, (_, n) => `line ${n}: é\n`)
    for (const line of lines) log.write(line)
    t.is(reader.read(), 0)
    const whole = Buffer.from(lines.join('')).toString('latin1')
    await reader.until(() => reader.text.length > 0)
    t.is(reader.text, whole)
  })
})

test.serial('the last lines before an exception ends the process are written', t => {
  const output = new URL('../../src/cli/output.js', import.meta.url).href
  const program = `
    import { LogOutput } from ${JSON.stringify(output)}
    const log = new LogOutput(1)
    process.on('exit', () => log.write('and more\\n'))
    log.write('the last words\\n')
    throw new Error('the end')`
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  t.is(stdout, 'the last words\nand more\n')
  t.not(status, 0)
})

test.serial('data waits for its reader, and all of it comes', async t => {
  await withPipe(async (fd, reader) => {
    const data = new DataOutput(fd)
    const sent = Buffer.alloc(1 << 20, '0123456789')
    t.false(data.write(sent))
    let written = false
    data.end('end', () => {
      written = true
    })
    for (let i = 0; i < 10; i++) await new Promise(resolve => setImmediate(resolve))
    t.false(written)
    await reader.until(() => reader.text.length === sent.length + 3)
    await finished(data)
    t.true(reader.text === `${sent.toString('latin1')}end`)
  })
})

test.serial('a reader that goes away is told once, and nobody fails', async t => {
  await withPipe(async (fd, reader) => {
    let gone = 0
    const log = new LogOutput(fd, () => gone++)
    reader.close()
    for (let i = 0; i < 3; i++) {
      log.write(LINE)
      await log.settled()
    }
    t.is(gone, 1)
    const data = new DataOutput(fd)
    const failed = new Promise<NodeJS.ErrnoException>(resolve => data.on('error', resolve))
    data.write(LINE)
    t.is((await failed).code, 'EPIPE')
  })
})

test.serial('at the end, what is not read is waited for, but not for ever', async t => {
  await withPipe(async (fd, reader) => {
    const writer = new PipeWriter(fd, error => t.fail(error.message))
    writer.write(Buffer.alloc(200_000))
    t.true(writer.bytes > 0)
    writer.flushWithin(5)
    t.true(writer.bytes > 0 && writer.open)
    // In between somebody reads.
    while (reader.read() > 0) {}
    writer.flushWithin(1000)
    t.true(writer.bytes < 200_000 - 65_536)
    writer.close()
    t.is(writer.bytes, 0)
  })
})

testUnless(existsSync('/dev/full') ? null : 'there is no /dev/full', test.serial)(
  'a disk that is full is told in one line, not as a bug',
  t => {
    const full = openSync('/dev/full', 'w')
    try {
      const { status, stderr } = spawnSync(process.execPath, [MAIN, '--version'], {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      })
      t.regex(stderr, /^tuntcp: the output cannot be written: ENOSPC: no space left on device, write\n$/)
      t.is(status, 2)
    } finally {
      closeSync(full)
    }
  },
)
