/** The stream to a page that does not read: it costs no more than what may wait for it. */
import type { ServerResponse } from 'node:http'
import test from 'ava'
import { PageStream } from '../../src/live/page-stream.ts'
import { EventRing } from '../../src/view/model/event-ring.ts'

/** A response that takes what is written, and of which nobody reads until it is said so. */
class Unread {
  writableLength = 0
  destroyed = false
  readonly written: string[] = []

  writeHead(): void {}
  write(text: string): void {
    this.written.push(text)
    this.writableLength += text.length
  }
  read(): void {
    this.writableLength = 0
  }
}

const stream = () => {
  const response = new Unread()
  return {
    response,
    page: new PageStream(response as unknown as ServerResponse, new EventRing(16), 'e', null),
  }
}

test('what it is told for ever does not pile up: it gets the last of each kind once it has read', t => {
  const { response, page } = stream()
  for (let time = 0; time < 1_000_000; time++) {
    page.tell('time', time)
    if (time % 1000 === 0) page.tell('settings', { time })
  }
  t.true(response.writableLength <= 2 ** 20 + 100, `${response.writableLength}`)
  response.read()
  page.flush()
  t.deepEqual(response.written.slice(-2), [
    'event: time\ndata: 999999\n\n',
    'event: settings\ndata: {"time":999000}\n\n',
  ])
})

test('parts wait for it to read; none is made before, and none when it has gone', async t => {
  const { response, page } = stream()
  let made = 0
  function* parts(): Generator<string, void, undefined> {
    for (; made < 100; ) {
      made++
      yield 'x'.repeat(300_000)
    }
  }
  const told = page.tellParts('connections', parts())
  for (let rounds = 0; rounds < 50; rounds++) await new Promise(resolve => setImmediate(resolve))
  t.is(made, 5, 'the one that waits too')
  response.destroyed = true
  await told
  t.is(made, 5)
})
