/** The captures of several workers are one, in the order of time. */
import test from 'ava'
import { PoolCapture } from '../../src/cli/pool-capture.ts'

const capture = () => {
  const written: string[] = []
  const file = {
    isOpen: true,
    write: (block: Uint8Array) => void written.push(Buffer.from(block).toString()),
    flush() {},
    close: () => void written.push('closed'),
  }
  const all = new PoolCapture(file, ['tun0', 'lo'])
  // The section and two interfaces.
  written.splice(0, 3)
  return { written, all }
}

const block = (time: number, text = String(time)) => ({ time, bytes: Buffer.from(text) })

test('nothing is written before every worker has told until when that is all', t => {
  const { written, all } = capture()
  all.begins(0)
  all.begins(1)
  all.tells(0, { blocks: [block(1), block(5), block(9)], until: 10 })
  t.deepEqual(written, [])
  all.tells(1, { blocks: [block(2), block(4)], until: 6 })
  t.deepEqual(written, ['1', '2', '4', '5'])
  all.tells(1, { blocks: [block(8)], until: 11 })
  t.deepEqual(written, ['1', '2', '4', '5', '8', '9'])
})

test('the blocks of one worker stay in their order where their times are the same', t => {
  const { written, all } = capture()
  all.begins(0)
  all.begins(1)
  all.tells(0, { blocks: [block(3, 'a'), block(3, 'b')], until: 9 })
  all.tells(1, { blocks: [block(1, 'c'), block(3, 'd')], until: 9 })
  t.deepEqual(written, ['c', 'a', 'b', 'd'])
})

test('a worker that has ended is not waited for; at the end all is written', t => {
  const { written, all } = capture()
  all.begins(0)
  all.begins(1)
  all.tells(0, { blocks: [block(1), block(7)], until: 8 })
  all.ends(1)
  t.deepEqual(written, ['1', '7'])
  all.begins(1)
  all.tells(0, { blocks: [block(9)], until: 12 })
  t.deepEqual(written, ['1', '7'])
  all.close()
  t.deepEqual(written, ['1', '7', '9', 'closed'])
})

test('a worker that hangs keeps no more than so many bytes of the others waiting', t => {
  const { written, all } = capture()
  all.begins(0)
  all.begins(1)
  const large = { time: 2, bytes: new Uint8Array(40 << 20) }
  all.tells(0, { blocks: [block(1), large], until: 5 })
  t.is(written.length, 0)
  all.tells(0, { blocks: [{ ...large, time: 6 }], until: 8 })
  t.is(written.length, 3)
  all.tells(0, { blocks: [block(9)], until: 10 })
  t.is(written.length, 3, 'and is waited for again')
  all.tells(1, { blocks: [block(4, 'late')], until: 12 })
  t.deepEqual(written.slice(3), ['late', '9'])
})
