import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { MAIN } from '../support/installed.ts'
import { missingTools, testUnless } from '../support/needs.ts'
import { onTerminal, TERMINAL } from '../support/on-terminal.ts'
import { runHere } from './program.ts'

const folder = mkdtempSync(join(tmpdir(), 'tuntcp-packetdrill-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const SYN = '0 < S 0:0(0) win 1000 <mss 1000>\n'
const script = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const good = script('good.pkt', `${SYN}+0 > R. 0:0(0) ack 1\n`)
const bad = script('bad.pkt', `${SYN}+0 > R. 0:0(0) ack 2\n`)
const skipped = script('skipped.pkt', '0 splice(3, NULL, 4, NULL, 1, 0) = 1\n')
const unreadable = script('unreadable.txt', '0 close(3 = 0\n')

test.serial('a script that passes: exit code 0, and the counts last', async t => {
  t.deepEqual(await runHere(['packetdrill', good]), {
    code: 0,
    stdout: `PASS ${good}\n1 passed, 0 failed, 0 skipped\n`,
    stderr: '',
  })
})

test.serial('a directory: failures say where and why, exit code 1', async t => {
  const { code, stdout } = await runHere(['packetdrill', folder])
  t.is(code, 1)
  t.is(
    stdout,
    `FAIL ${bad}:2: ack: expected 2, got 1
  expected  > R. 0:0(0) ack 2
  came      > R. 0:0(0) ack 1 win 0  at 0.000000
  up to there:
    0.000000 < S 0:0(0) win 1000 <mss 1000>
    0.000000 > R. 0:0(0) ack 1 win 0
PASS ${good}
SKIP ${skipped}: splice(2)
1 passed, 1 failed, 1 skipped
`,
  )
})

test.serial(
  'a directory with loops of links, links to nowhere and a pipe in it: each script once',
  async t => {
    const top = join(folder, 'loops')
    for (const name of ['a', 'b', 'c']) {
      mkdirSync(join(top, name), { recursive: true })
      // Many ways lead to each: to follow them all would take for ever.
      for (const to of ['a', 'b', 'c']) symlinkSync(join(top, to), join(top, name, `to-${to}`))
      symlinkSync(top, join(top, name, 'up'))
    }
    writeFileSync(join(top, 'a', 'one.pkt'), readFileSync(good))
    symlinkSync('self.pkt', join(top, 'self.pkt'))
    symlinkSync('nowhere', join(top, 'nothing.pkt'))
    execFileSync('mkfifo', [join(top, 'pipe.pkt')])
    const { code, stdout } = await runHere(['packetdrill', top])
    rmSync(top, { recursive: true })
    t.is(stdout, `PASS ${join(top, 'a', 'one.pkt')}\n1 passed, 0 failed, 0 skipped\n`)
    t.is(code, 0)
  },
)

test.serial('a script that cannot be read: exit code 2, with file, line and column', async t => {
  const { code, stdout, stderr } = await runHere(['packetdrill', unreadable, good])
  t.is(code, 2)
  t.is(
    stderr,
    `${unreadable}:1:11: expected ',' or ')', not '='\n    1 | 0 close(3 = 0\n      |           ^\n`,
  )
  t.is(stdout, `PASS ${good}\n1 passed, 1 failed, 0 skipped\n`)
})

test.serial('JSON and TAP', async t => {
  const json = JSON.parse((await runHere(['packetdrill', '--json', bad, good])).stdout)
  t.like(json, {
    passed: 1,
    failed: 1,
    skipped: 0,
    scripts: [{ file: bad, result: 'fail', line: 2 }, { file: good }],
  })
  const tap = (await runHere(['packetdrill', '--tap', bad, skipped])).stdout
  t.regex(tap, /^TAP version 14\n1\.\.2\nnot ok 1 - .*bad\.pkt\n/)
  t.regex(tap, /\nok 2 - .*skipped\.pkt # SKIP splice\(2\)\n# 0 passed, 1 failed, 1 skipped\n$/)
})

test.serial('--trace writes both packets to a pcapng', async t => {
  const file = join(folder, 'trace.pcapng')
  await runHere(['packetdrill', '--trace', file, good])
  const bytes = readFileSync(file)
  t.is(bytes.readUInt32LE(0), 0x0a0d0d0a)
  let packets = 0
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4))
    if (bytes.readUInt32LE(at) === 6) packets++
  t.is(packets, 2)
  t.is(statSync(file).mode & 0o777, 0o600)
})

test.serial('what the command line sets and defines', async t => {
  const ports = script('ports.txt', '0 < S 0:0(0) win 1000 <mss 1000>\n+0 > 8080 > 53055 R. 0:0(0) ack ACK\n')
  t.is((await runHere(['packetdrill', ports])).code, 2)
  t.is((await runHere(['packetdrill', '-D', 'ACK=1', ports])).code, 0)
  t.is((await runHere(['packetdrill', '-D', 'ACK=1', '--set', 'bind_port=80', ports])).code, 1)
  const { code, stderr } = await runHere(['packetdrill', '--set', 'nonsense=1', ports])
  t.is(code, 2)
  t.is(stderr, "tuntcp packetdrill: there is no option '--nonsense'; see 'tuntcp packetdrill --help'\n")
})

test.serial('failures that are only PSH’s are counted beside', async t => {
  const push = script(
    'push.txt',
    `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 20000 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss 1460>
+0 < . 1:1(0) ack 1 win 20000
+0 accept(3, ..., ...) = 4
+0 write(4, ..., 1) = 1
+0 > . 1:2(1) ack 1
`,
  )
  const { code, stdout } = await runHere(['packetdrill', '-q', '--ignore-psh', push, good])
  t.is(code, 1)
  t.regex(
    stdout,
    /\n2 would pass if PSH were ignored, which packetdrill does not do\n1 passed, 1 failed, 0 skipped\n$/,
  )
})

testUnless(missingTools(TERMINAL))('a terminal sees how far it is, a pipe does not', async t => {
  const many = join(folder, 'many')
  mkdirSync(many)
  for (let n = 0; n < 3; n++) writeFileSync(join(many, `${n}.pkt`), readFileSync(good))
  const seen = onTerminal(MAIN, 'packetdrill', many)
  t.regex(seen, /0 of 3 scripts: /)
  t.regex(seen, /3 passed, 0 failed, 0 skipped/)
  const { stdout, stderr } = await runHere(['packetdrill', many])
  t.false(/of 3 scripts/.test(stdout + stderr) || (stdout + stderr).includes('\u001b'))
  rmSync(many, { recursive: true })
})
