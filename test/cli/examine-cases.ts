// The cases of examine.test.ts, each in a process and a network namespace of its own: the kernel there, examined.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { runCase } from '../support/namespace-case.ts'
import { PORTS, startServices } from '../support/services.ts'
import { run, runHere, tuntcp, withDirectory } from './program.ts'

const KERNEL = '198.18.7.1'

/** Rules that every Linux follows at once, and that need no program's help. */
const CERTAIN = [
  'port-refused',
  'ack-to-listener',
  'syn-ack-to-listener',
  'rst-in-window-in-established',
  'sack-block',
]

const only = (ids: readonly string[]): string[] => ids.flatMap(id => ['--only', id])

/** Devices that have an address. */
const devices = (): string[] => Object.keys(networkInterfaces()).filter(name => name !== 'lo')

await runCase({
  async verdicts() {
    const services = await startServices(net, '0.0.0.0')
    await withDirectory(async directory => {
      const [page, capture] = [join(directory, 'page.html'), join(directory, 'all.pcapng')]
      const { code, stdout, stderr } = await run([
        'examine',
        KERNEL,
        ...[
          '--discard',
          String(PORTS.discard),
          '--patience',
          '60',
          '--json',
          '--html',
          page,
          '--capture',
          capture,
        ],
        ...only(CERTAIN),
      ])
      const said = JSON.parse(stdout)
      assert.match(stderr, /^Examining 198\.18\.7\.1 \(port 9 reads\): 9 checks.*written: .*page\.html/s)
      assert.deepEqual(
        said.results.map(({ id, verdict, why }: Record<string, string>) => [id, verdict, why]).sort(),
        said.results.map(({ id }: Record<string, string>) => [id, 'holds', '']).sort(),
      )
      assert.equal(said.results.length, 9)
      assert.equal(code, 0)
      assert.match(readFileSync(page, 'utf8'), /MUST: 7 hold, 0 differ, 0 cannot be told/)
      assert.equal(readFileSync(capture).readUInt32LE(0), 0x0a0d0d0a)
    })
    services.close()
  },

  async text() {
    const services = await startServices(net, '0.0.0.0')
    const { code, stdout } = await run([
      'examine',
      `${KERNEL}:${PORTS.discard}`,
      ...['--patience', '60', '--all'],
      ...only(['rst-exact-in-established', 'half-close']),
    ])
    assert.match(stdout, /^Examining 198\.18\.7\.1 \(port 9 reads\): 2 checks/)
    assert.match(stdout, /✓ MUST {4}rst-exact-in-established\n {4}In ESTABLISHED, a reset of exactly/)
    assert.match(stdout, /\? the target has no echo: half-close/)
    assert.match(stdout, /MUST {7}1 hold, 0 differ, 1 cannot be told/)
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
    assert.equal(code, 0)
    services.close()
  },

  /** A server that answers nothing of what it should: its port is refused. */
  async nobody() {
    const { code, stderr } = await run(['examine', `${KERNEL}:81`, '--patience', '60'])
    assert.equal(code, 2)
    assert.equal(stderr, 'tuntcp: 198.18.7.1 accepts no connection on port 81\n')
  },

  async elsewhere() {
    const { code, stderr } = await runHere(['examine', '203.0.113.1:80'])
    assert.equal(code, 2)
    assert.match(stderr, /203\.0\.113\.1 is not in the network of the link .*: say so if you mean it/)
    assert.deepEqual(devices(), [])
  },

  async interrupted() {
    const services = await startServices(net, '0.0.0.0')
    const program = tuntcp(['examine', `${KERNEL}:${PORTS.discard}`, '--only', 'keep-alive-not-by-itself'])
    await program.prints(/Examining/)
    program.process.kill('SIGINT')
    const [code] = await once(program.process, 'exit')
    assert.equal(code, 130)
    assert.deepEqual(devices(), [])
    services.close()
  },
})
