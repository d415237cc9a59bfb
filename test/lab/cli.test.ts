import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { run, withDirectory } from '../cli/program.ts'

test.serial('tuntcp lab lists all, and runs one', async t => {
  const list = await run(['lab'])
  t.is(list.code, 0)
  t.regex(list.stdout, /^ {2}handshake +A connection opens/m)
  t.regex(list.stdout, /^ {2}shared-descriptor /m)
  const { code, stdout, stderr } = await run(['lab', 'refused', '--ends', 'virtual', '--format', 'both'])
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  t.regex(stdout, /SYN_SENT ├─+ \[S\] 0 win/)
  t.regex(stdout, /refused: tuntcp ↔ tuntcp shows what it must/)
  const json = JSON.parse((await run(['lab', 'refused', 'handshake', '--ends', 'virtual', '--json'])).stdout)
  t.deepEqual(
    json.map((one: { lab: string; passes: boolean }) => [one.lab, one.passes]),
    [
      ['refused', true],
      ['handshake', true],
    ],
  )
})

test.serial('tuntcp explain: exit code 2 and the place for a broken file', async t => {
  await withDirectory(async directory => {
    const file = join(directory, 'broken.pcap')
    writeFileSync(file, Buffer.from('d4c3b2a1020004000000000000000000ffff0000650000000000', 'hex'))
    const broken = await run(['explain', file])
    t.is(broken.code, 2)
    t.is(broken.stderr, `tuntcp: ${file}: at byte 24: the header of the last packet is cut off\n`)
    const missing = await run(['explain', join(directory, 'none.pcap')])
    t.is(missing.code, 2)
    t.regex(missing.stderr, /ENOENT/)
  })
})
