/** A file that is written is its owner's alone, whoever could read the one there before. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { captureToFile } from '../../src/trace/capture-file.ts'
import { writePrivate } from '../../src/trace/private-file.ts'
import { qlogToFile } from '../../src/trace/qlog/qlog-file.ts'
import { recordToFile } from '../../src/trace/record/record-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'tuntcp-private-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

/** An empty umask, as some services have it, takes nothing away. */
const before = process.umask(0)
test.after.always(() => void process.umask(before))

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)

const WRITERS: Readonly<Record<string, (path: string) => Promise<void> | void>> = {
  'a capture': path => captureToFile(path, () => 0).close(),
  'a recording': path => recordToFile(path, () => {}).close(),
  'a qlog': path => qlogToFile(path, () => 0).close(),
  'a page': path => writePrivate(path, 'x'),
}

for (const [name, write] of Object.entries(WRITERS)) {
  test.serial(`${name}: a new file is 0600`, async t => {
    const path = join(folder, `new ${name}`)
    await write(path)
    t.is(mode(path), '600')
  })

  test.serial(`${name}: a file that others may read is 0600 then, and nothing of it is left`, async t => {
    const path = join(folder, `old ${name}`)
    writeFileSync(path, 'a'.repeat(100_000))
    chmodSync(path, 0o666)
    await write(path)
    t.is(mode(path), '600')
    t.false(readFileSync(path, 'latin1').includes('aaaa'))
  })
}

test.serial('a pipe keeps its mode, and one that nobody reads is refused and not waited for', t => {
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', ['-m', '644', path])
  t.throws(() => writePrivate(path, 'x'), { code: 'ENXIO' })
  t.is(mode(path), '644')
})
