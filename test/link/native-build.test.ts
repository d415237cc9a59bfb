import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const NATIVE = fileURLToPath(new URL('../../../native', import.meta.url))
const linux = process.platform === 'linux' ? test : test.skip

/** A compiler that writes its command line where its output should be. */
const COMPILER = `#!/bin/sh
words="$*"
while [ $# -gt 0 ]; do
  if [ "$1" = -o ]; then echo "$words" > "$2"; fi
  shift
done
`

linux('a build of a checkout compiles the addon when a source is newer than it, and only then', t => {
  const root = mkdtempSync(join(tmpdir(), 'tuntcp-native-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  const native = join(root, 'native')
  cpSync(NATIVE, native, { recursive: true, filter: path => !path.includes('/native/build/') })
  // (As in a checkout: nothing is prebuilt. The headers are any two files of the names.)
  mkdirSync(join(root, 'src'))
  mkdirSync(join(root, 'include', 'node'), { recursive: true })
  for (const name of ['node_api.h', 'uv.h']) writeFileSync(join(root, 'include', 'node', name), '')
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(root, 'cc'), COMPILER, { mode: 0o755 })

  const addon = join(native, 'build', 'tun.node')
  const build = (...words: string[]): boolean => {
    const before = existsSync(addon) ? readFileSync(addon, 'utf8') : null
    execFileSync(process.execPath, [join(native, 'build.js'), ...words], {
      env: { ...process.env, CC: join(root, 'cc'), npm_config_nodedir: root },
    })
    return before === null || readFileSync(addon, 'utf8') !== before
  }
  const mark = (): void => writeFileSync(addon, 'as it was')

  t.true(build('--if-changed'), 'there is none')
  mark()
  t.false(build('--if-changed'), 'nothing is newer')
  t.true(build(), 'an install always compiles')
  mark()
  const soon = new Date(Date.now() + 60_000)
  utimesSync(join(native, 'slab.c'), soon, soon)
  t.true(build('--if-changed'), 'a source is newer')
  mark()
  utimesSync(addon, soon, soon)
  t.false(build('--if-changed'))
})
