import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { noNamespace } from '../support/namespace.ts'
import { testUnless } from '../support/needs.ts'
import { type Finished, Program, ROOT, run, tuntcp } from './program.ts'

const netns = (...args: string[]): Program => new Program(`${ROOT}scripts/netns.sh`, args)

const allowed = testUnless(noNamespace())

test('netns.sh without a command: how to use it, exit code 2', async t => {
  t.deepEqual(await netns().finished, {
    code: 2,
    stdout: '',
    stderr:
      'Usage: scripts/netns.sh COMMAND [ARGUMENT...]   runs COMMAND in a network namespace of its own\n',
  })
})

test('scripts: help is how they are called, and a mistake costs one line and exit code 2', async t => {
  for (const name of ['attack', 'examine-mutants', 'fuzz', 'mutate']) {
    const script = (word: string) =>
      new Program(process.execPath, [`${ROOT}scripts/${name}.js`, word]).finished
    const help = await script('--help')
    t.is(help.code, 0, help.stderr)
    t.regex(help.stdout, new RegExp(`^ {2}npm run ${name} `, 'm'))
    t.deepEqual(await script('--nonsense'), {
      code: 2,
      stdout: '',
      stderr: `${name}: Unknown option '--nonsense'; see npm run ${name} -- --help\n`,
    })
  }
})

allowed('netns.sh: a namespace with nothing but a loopback that is up', async t => {
  const script =
    'readlink /proc/self/ns/net; tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/fib_trie; echo "$1|$2"'
  const { code, stdout } = await netns('sh', '-c', script, 'sh', 'a b', '*').finished
  t.is(code, 0)
  const [namespace, device, ...rest] = stdout.trim().split('\n')
  t.not(namespace, readlinkSync('/proc/self/ns/net'))
  t.is(device?.trim(), 'lo')
  t.true(rest.some(line => line.includes('127.0.0.1')))
  // Arguments arrive as they were given.
  t.is(rest.at(-1), 'a b|*')
})

allowed('netns.sh passes exit codes, signals and input on', async t => {
  t.is((await netns('sh', '-c', 'exit 7').finished).code, 7)
  t.is((await netns('/no/such/command').finished).code, 127)
  const trapping = netns('sh', '-c', "trap 'exit 9' TERM; echo ready; while :; do read -r line; done")
  await trapping.prints(/ready/)
  t.is((await trapping.end('SIGTERM')).code, 9)
  const waiting = netns('sh', '-c', 'echo ready; exec cat')
  await waiting.prints(/ready/)
  t.is((await waiting.end('SIGINT')).code, 'SIGINT')
  const cat = netns('cat')
  cat.process.stdin!.end('in and out')
  t.is((await cat.finished).stdout, 'in and out')
})

allowed('tuntcp netns: the same for who has no scripts, words and exit codes as they are', async t => {
  const { code, stdout } = await run([
    'netns',
    'sh',
    '-c',
    'tail -n +3 /proc/net/dev; echo "$1"; exit 7',
    'sh',
    '--help',
  ])
  t.is(code, 7)
  t.regex(stdout, /^ *lo:.*\n--help\n$/)
  const trapping = tuntcp([
    'netns',
    'sh',
    '-c',
    "trap 'exit 9' TERM; echo ready; while :; do read -r line; done",
  ])
  await trapping.prints(/ready/)
  t.is((await trapping.end('SIGTERM')).code, 9)
  t.regex((await run(['netns', '--help'])).stdout, /^Usage: tuntcp netns COMMAND/)
})

test('netns.sh says which tool is missing', async t => {
  // A PATH with a shell and nothing else would be searched with /usr/sbin and /sbin.
  const directory = mkdtempSync(join(tmpdir(), 'tuntcp-test-'))
  const { code, stderr } = await new Program('/bin/sh', [`${ROOT}scripts/netns.sh`, 'true'], {
    PATH: directory,
  }).finished
  rmSync(directory, { recursive: true })
  t.is(code, 1)
  t.is(stderr, "netns.sh: 'unshare' is missing: install util-linux (apt-get install util-linux)\n")
})

allowed(
  'npm start without a terminal shows everything and ends with 0; only the capture is left',
  async t => {
    const directory = mkdtempSync(join(tmpdir(), 'tuntcp-test-'))
    const demo = new Program(`${ROOT}scripts/demo.sh`, [], { TMPDIR: directory })
    demo.process.stdin!.end()
    const { code, stdout, stderr }: Finished = await demo.finished
    t.is(code, 0, stdout + stderr)
    t.regex(stdout, /^== tuntcp serve /m)
    t.regex(stdout, / LAST_ACK → CLOSED {2}ack of FIN {2}§3\.10\.7\.4\n/)
    t.regex(stdout, / TIME_WAIT → CLOSED {2}2MSL timeout {2}§3\.10\.8\n/)
    t.regex(stdout, / > IP 192\.0\.2\.2\.80 > 192\.0\.2\.1\.\d+: Flags \[S\.\].* # SYN,ACK\n/)
    t.regex(stdout, /\nLISTEN +0 +511 +\*:80 /)
    const capture = /== Everything is in (.*)/.exec(stdout)?.[1] ?? ''
    t.true(existsSync(capture))
    const [made] = readdirSync(directory)
    t.deepEqual(readdirSync(join(directory, made!)), ['tuntcp.pcapng'])
    rmSync(directory, { recursive: true })
  },
)
