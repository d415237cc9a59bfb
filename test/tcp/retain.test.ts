import test from 'ava'
import { receive, retain, setUser } from '../../src/tcp/calls.ts'
import { dialogue } from '../support/dialogue.ts'

/** A reader who keeps what has come, and reads it later. */
const keeping = () => {
  const d = dialogue()
  const { connection: c } = d.established()
  const asked: number[] = []
  setUser(c!, {
    established() {},
    writable() {},
    closed() {},
    readable() {
      retain(c!, bytes => {
        asked.push(bytes)
        return new Uint8Array(bytes)
      })
    },
  })
  return { d, c: c!, asked }
}

test('what is kept for a reader is one copy of all that has come in a batch, and outlives its packets', t => {
  const { d, c, asked } = keeping()
  d.receives('. 1:101(100) ack 1', '. 101:151(50) ack 1')
  t.deepEqual(asked, [150])
  d.receives('. 151:161(10) ack 1')
  t.deepEqual(asked, [150, 10], 'what was kept before is not copied again')
  const text: number[] = []
  for (let chunk = receive(c); chunk !== null; chunk = receive(c)) text.push(...chunk)
  t.deepEqual(
    text,
    Array.from({ length: 160 }, (_, n) => 97 + (n % 26)),
  )
})

test('with nothing borrowed there is nothing to keep', t => {
  const { c } = keeping()
  retain(c, () => {
    throw new Error('no memory is needed')
  })
  t.is(receive(c), null)
})
