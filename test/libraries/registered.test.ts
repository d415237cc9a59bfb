/** Libraries that open their own sockets, unmodified, on a stack by `--import tuntcp/register`. */
import test from 'ava'
import { programPath, runRegistered } from '../register/child.ts'

const DONE = [
  '@grpc/grpc-js',
  'axios',
  'basic-ftp',
  'got',
  'mqtt and aedes',
  'nodemailer and smtp-server',
  'socket.io',
]

for (const [how, environment] of [
  ['at 0 faults', {}],
  // As Linux: with RFC 6298's second every loss would cost one.
  ['at 2 % loss and 10 ms', { TUNTCP_FAULTS: 'loss=2% delay=10ms', TUNTCP_TCP: 'minRto=200' }],
] as const)
  test.serial(`libraries that open their own sockets, ${how}`, async t => {
    const { code, output, errors } = await runRegistered(
      [programPath('../../libraries/registered-libraries.js')],
      environment,
    )
    t.deepEqual(output.trim().split('\n').sort(), DONE, errors)
    t.is(code, 0)
  })
