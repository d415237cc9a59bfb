/** Labs with the kernel's TCP at one end or both, in namespaces of their own; and what Wireshark makes of captures. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import test from 'ava'
import { whyNoKernel } from '../../src/lab/kernel/actor.ts'
import { inNamespace } from '../support/namespace.ts'
import { missingTools, testUnless } from '../support/needs.ts'

const why = whyNoKernel()

const noTracefs = (): string | null =>
  readFileSync('/proc/filesystems', 'utf8').includes('\ttracefs\n') ? null : 'the kernel has no tracefs'

const kernelTest = (title: string, name: string): void => {
  testUnless(why ?? noTracefs() ?? missingTools('tshark', 'tcpdump'), test.serial)(title, async t => {
    t.timeout(240_000)
    await inNamespace(t, new URL('./kernel-cases.js', import.meta.url), name)
  })
}

kernelTest('labs show the same between kernels, and between a kernel and us', 'labs')
kernelTest('labs show the same over IPv6', 'ipv6')
kernelTest('explain names the transitions that the kernel tells of, and tracefs is left as it was', 'tracefs')
kernelTest('captures of a kernel and ours open without a fault, their transitions as comments', 'captures')
kernelTest('a kernel whose TIME_WAITs are none is caught', 'broken')

test('without root there is no kernel, and a reason', t => {
  if (process.getuid?.() !== 0) {
    t.is(typeof why, 'string')
    return
  }
  const module = new URL('../../src/lab/kernel/actor.js', import.meta.url).pathname
  const script = `import(${JSON.stringify(module)}).then(m => { process.setuid(65534); console.log(m.whyNoKernel()) })`
  const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
  t.regex(stdout, /take root/)
})
