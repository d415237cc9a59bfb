import test from 'ava'
import { wantsColor } from '../../src/trace/color.ts'

test('a terminal has colours, a pipe has none', t => {
  t.true(wantsColor(true, {}))
  t.true(wantsColor(true, { TERM: 'xterm', NO_COLOR: '', FORCE_COLOR: '' }))
  t.false(wantsColor(false, {}))
  t.false(wantsColor(false, { TERM: 'xterm', NO_COLOR: '', FORCE_COLOR: '' }))
  t.false(wantsColor(true, { TERM: 'dumb' }))
})

test('NO_COLOR switches colours off wherever it is, whatever its text', t => {
  for (const NO_COLOR of ['1', '0', 'x']) {
    t.false(wantsColor(true, { NO_COLOR }))
    t.false(wantsColor(true, { NO_COLOR, FORCE_COLOR: '1' }))
  }
})

test('FORCE_COLOR switches colours on in a pipe, too, and by 0 off on a terminal, too', t => {
  for (const FORCE_COLOR of ['1', '3', 'true']) {
    t.true(wantsColor(false, { FORCE_COLOR }))
    t.true(wantsColor(true, { FORCE_COLOR, TERM: 'dumb' }))
  }
  for (const FORCE_COLOR of ['0', 'false']) {
    t.false(wantsColor(true, { FORCE_COLOR }))
    t.false(wantsColor(false, { FORCE_COLOR }))
  }
})
