/**
 * Attacks a stack over a TUN device in a network namespace, with a decent client beside, and says whether that was harmed:
 *
 *   npm run attack [-- NAME…] [--short] [--seconds N] [--write]
 *
 * --short takes those that are marked so, for a few seconds each, on whatever machine: the event loop may be held for twice as
 * long there, for in its first seconds the compiler has still much to do. --write puts the table into docs/attacks.md. The exit code
 * is 1 when a limit was passed.
 */
import { execFileSync, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LIMITS, runAttack } from './attack/run-attack.js'
import { line, write } from './attack/table.js'
import { commandLine } from './command-line.js'

const INSIDE = 'TUNTCP_ATTACK_NAMESPACE'
/** Runs of an attack until one is within the limits. */
const ATTEMPTS = 3
/** The length of an attack; with what comes before and after it, and a second attempt for a few, all take ten minutes. */
const SECONDS = 20
const here = dirname(fileURLToPath(import.meta.url))

const { values, positionals } = commandLine(import.meta.url, {
  short: { type: 'boolean', default: false },
  seconds: { type: 'string' },
  write: { type: 'boolean', default: false },
})

if (process.env[INSIDE] !== '1') {
  const child = spawn(`${here}/netns.sh`, [process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  })
  child.on('close', code => process.exit(code ?? 1))
} else process.exit(await run())

/** The kernel forwards what the attackers send, whatever address they say it is from. */
function prepare(ports) {
  const settings = {
    ip_forward: 1,
    'conf.all.rp_filter': 0,
    'conf.default.rp_filter': 0,
    ip_local_port_range: ports,
  }
  for (const [name, value] of Object.entries(settings))
    execFileSync('sysctl', ['-q', '-w', `net.ipv4.${name}=${value}`])
  execFileSync('sysctl', ['-q', '-w', 'net.ipv6.conf.all.forwarding=1'])
}

/** The circumstances of a run of all attacks. */
function conditions(results, load) {
  const seconds = Number(values.seconds ?? SECONDS)
  return `${results.length} attacks of ${seconds} seconds each, on a machine of ${cpus().length} processors whose load was ${load.toFixed(1)} before, by
Node ${process.versions.node}. Megabytes are those before the attack, at most, and afterwards.`
}

async function run() {
  const names = readdirSync(`${here}/attack/attacks`).map(file => file.replace(/\.js$/, ''))
  for (const name of positionals)
    if (!names.includes(name)) {
      console.error(`attack: there is no '${name}'; there are ${names.join(', ')}`)
      return 2
    }
  const results = []
  const all = positionals.length === 0 && !values.short
  const load = loadavg()[0]
  for (const name of positionals.length > 0 ? positionals : names) {
    const {
      summary,
      short = false,
      ports = '32768 60999',
      only,
      ipv6 = false,
    } = await import(`./attack/attacks/${name}.js`)
    if (values.short && positionals.length === 0 && !short) continue
    prepare(ports)
    const during = Number(values.seconds ?? (values.short ? 3 : SECONDS))
    const hold = values.short ? 2 * LIMITS.hold : LIMITS.hold
    const plan = { before: values.short ? 1 : 3, during, after: values.short ? 20 : 60, only, ipv6, hold }
    let result = await runAttack(name, plan)
    // A machine that stands still for a moment harms a decent client too; an attack that does harm does it every time.
    for (let again = 0; again < ATTEMPTS - 1 && result.faults.length > 0; again++) {
      console.log(`${line(result)} again`)
      result = await runAttack(name, plan)
    }
    results.push({ ...result, summary })
    console.log(line(result))
  }
  const failed = results.filter(({ faults }) => faults.length > 0)
  console.log(`${results.length - failed.length} of ${results.length} attacks harmed nobody`)
  if (values.write) write(results, all ? conditions(results, load) : null)
  return failed.length === 0 ? 0 : 1
}
