/** The addresses of the playground's parts. */
import test from 'ava'
import { hashOf, routeOf } from '../../src/site/page/route.ts'

test('an address names a part and its argument, and may name a language', t => {
  t.deepEqual(routeOf(''), { language: null, tab: '', argument: '' })
  t.deepEqual(routeOf('#experiment'), { language: null, tab: 'experiment', argument: '' })
  t.deepEqual(routeOf('#experiment/ab-c_1'), { language: null, tab: 'experiment', argument: 'ab-c_1' })
  t.deepEqual(routeOf('#zh/labs/loss/2'), { language: 'zh', tab: 'labs', argument: 'loss/2' })
  t.deepEqual(routeOf('#zh'), { language: 'zh', tab: '', argument: '' })
  // A part of Object's prototype is no language.
  t.deepEqual(routeOf('#constructor'), { language: null, tab: 'constructor', argument: '' })
})

test('an address that was read is written as it was', t => {
  for (const hash of ['#experiment', '#experiment/abc', '#zh/experiment/abc', '#en', '#zh/labs/loss/2'])
    t.is(hashOf(routeOf(hash)), hash)
})
