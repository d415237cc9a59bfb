import test from 'ava'
import { namespaceTest } from '../support/namespace.ts'
import { runHere } from './program.ts'

const module = new URL('./forward-cases.js', import.meta.url)

for (const name of [
  'curl reaches a server of the kernel’s, under loss and delay',
  'the end of a direction, and a reset, from either side',
  'a server that cannot be reached: the client is reset',
  'faults by HTTP, while it runs',
  'the HTTP interface takes orders from those who can read its token',
  'faults by the command line, while it runs',
  'a stack that takes no faults says so',
])
  namespaceTest.serial(name, module, name)

for (const [args, message] of [
  [['forward', '80'], /HOST:PORT is missing/],
  [['forward', '80', 'here'], /HOST:PORT is where the server is, such as 127\.0\.0\.1:8080, not 'here'/],
  [['forward', '0', '127.0.0.1:80'], /PORT must be a whole number from 1 to 65535, not '0'/],
  [
    ['forward', '80', '127.0.0.1:80', '--fault', 'delay=soon'],
    /--fault: .*'faults\.delay' must be a duration/,
  ],
] as const)
  test.serial(`tuntcp ${args.join(' ')}: what is wrong`, async t => {
    const { code, stderr } = await runHere(args)
    t.is(code, 2)
    t.regex(stderr, message)
  })
